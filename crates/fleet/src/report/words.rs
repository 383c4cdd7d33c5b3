//! Durations, months and shares as people say them.

use crate::Language;

/// Minutes: `8 h 46 min`, `2 dias 3 h`.
pub(super) fn minutes(minutes: f64, language: Language) -> String {
    let whole = minutes.max(0.0).round() as u64;
    let (days, hours, rest) = (whole / 1440, whole / 60 % 24, whole % 60);
    let of_days = |days: u64| {
        let word = if days == 1 { language.say("dia", "day") } else { language.say("dias", "days") };
        format!("{} {word}", language.number(days as f64, 0))
    };
    match (days, hours, rest) {
        (0, 0, rest) if rest == 0 && minutes > 0.0 => language.say("menos de 1 min", "less than 1 min").to_owned(),
        (0, 0, rest) => format!("{rest} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, rest) => format!("{hours} h {rest} min"),
        (days, 0, _) => of_days(days),
        (days, hours, _) => format!("{} {hours} h", of_days(days)),
    }
}

/// Hours, as [`minutes`] says them.
pub(super) fn hours(hours: f64, language: Language) -> String {
    minutes(hours * 60.0, language)
}

/// Months: `14 meses`, `3 anos`.
pub(super) fn months(months: u32, language: Language) -> String {
    match (months, language) {
        (1, Language::Portuguese) => "1 mês".to_owned(),
        (1, Language::English) => "1 month".to_owned(),
        (months, _) if months >= 24 && months % 12 == 0 => {
            format!("{} {}", months / 12, language.say("anos", "years"))
        }
        (months, _) if months > 36 => {
            let years = language.number(f64::from(months) / 12.0, 1);
            format!("{years} {}", language.say("anos", "years"))
        }
        (months, _) => format!("{months} {}", language.say("meses", "months")),
    }
}

/// Of so many years, from 0 to 1: `em 62 de cada 100 anos`.
pub(super) fn years_of(share: f64, language: Language) -> String {
    let hundred = (share * 100.0).clamp(0.0, 100.0);
    // A share that is nearly all or nearly nothing is not rounded to it.
    let shown = if hundred > 99.0 && hundred < 100.0 {
        language.number(hundred.min(99.9), 1)
    } else if hundred > 0.0 && hundred < 1.0 {
        language.number(hundred.max(0.1), 1)
    } else {
        language.number(hundred, 0)
    };
    match language {
        Language::Portuguese => format!("em {shown} de cada 100 anos"),
        Language::English => format!("in {shown} of 100 years"),
    }
}

/// A percentage with as many decimals as it was given, three at most: `99,9 %`.
pub(super) fn percent(percent: f64, language: Language) -> String {
    let text = format!("{percent:.3}");
    let decimals = text.trim_end_matches('0').rsplit('.').next().map_or(0, str::len);
    format!("{} %", language.number(percent, if percent.fract() == 0.0 { 0 } else { decimals }))
}

/// Names that stand between grave accents in a terminal, between the quotation marks of a page.
pub(super) fn printed(text: &str) -> String {
    let mut parts = text.split('`');
    let mut printed = parts.next().unwrap_or_default().to_owned();
    for (at, part) in parts.enumerate() {
        printed.push(if at % 2 == 0 { '“' } else { '”' });
        printed.push_str(part);
    }
    printed
}

/// A sentence with its first letter large; a name between backquotes stays as it is.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A whole number.
pub(super) fn count(number: u64, language: Language) -> String {
    language.number(number as f64, 0)
}

/// An amount, without decimals where it is large or whole.
pub(super) fn amount(number: f64, language: Language) -> String {
    language.number(number, if number >= 100.0 || number.fract() == 0.0 { 0 } else { 1 })
}

/// How many of something, with its word.
pub(super) fn of(number: u64, one: &str, several: &str, language: Language) -> String {
    format!("{} {}", count(number, language), if number == 1 { one } else { several })
}
