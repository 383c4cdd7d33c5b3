//! Words, dates and ages as a reader of one clinic sees them: in their language and in the clinic's zone.

use aroeira_fhir::Instant;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit, Zoned};

use crate::language::Language;

/// What texts and times are shown with.
#[derive(Clone)]
pub(crate) struct Locale {
    pub(crate) language: Language,
    /// The clinic's.
    pub(crate) zone: TimeZone,
    pub(crate) now: Instant,
}

/// A time as it is shown: how long ago, and exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct When {
    /// `há 3 dias`.
    pub(crate) ago: String,
    /// `21/11/2026 14:32`, or the date alone where there is no time.
    pub(crate) exact: String,
    /// For `datetime=`.
    pub(crate) machine: String,
}

impl Locale {
    /// The text of a key.
    pub(crate) fn t(&self, key: &str) -> String {
        self.language.text(key)
    }

    /// The text of a key with one value in it.
    pub(crate) fn tw(&self, key: &str, name: &'static str, value: &str) -> String {
        self.language.text_with(key, &[(name, value)])
    }

    /// The text of `key-one` or `key-other` with the number `n` in it.
    pub(crate) fn count(&self, key: &str, n: u64) -> String {
        let key = format!("{key}-{}", if n == 1 { "one" } else { "other" });
        self.language.text_with(&key, &[("n", &self.number(n))])
    }

    /// A whole number with its thousands set apart.
    pub(crate) fn number(&self, n: u64) -> String {
        let digits = n.to_string();
        let mark = if self.language == Language::PtBr { '.' } else { ',' };
        let mut out = String::with_capacity(digits.len() + digits.len() / 3);
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                out.push(mark);
            }
            out.push(digit);
        }
        out
    }

    fn zoned(&self, at: Instant) -> Zoned {
        Timestamp::from(at).to_zoned(self.zone.clone())
    }

    fn today(&self) -> Date {
        self.zoned(self.now).date()
    }

    /// `dd/mm/aaaa hh:mm` in the clinic's zone.
    pub(crate) fn moment(&self, at: Instant) -> String {
        self.zoned(at).strftime("%d/%m/%Y %H:%M").to_string()
    }

    /// `hh:mm` in the clinic's zone.
    pub(crate) fn clock(&self, at: Instant) -> String {
        self.zoned(at).strftime("%H:%M").to_string()
    }

    /// A FHIR date, dateTime or instant as it is written here: as precise as it came.
    pub(crate) fn date(&self, text: &str) -> String {
        if let Ok(at) = text.parse::<Instant>() {
            return self.moment(at);
        }
        self.day(text)
    }

    /// The day of a FHIR date or instant: `21/11/2026`, `11/2026`, `2026`.
    pub(crate) fn day(&self, text: &str) -> String {
        if let Ok(at) = text.parse::<Instant>() {
            return self.zoned(at).strftime("%d/%m/%Y").to_string();
        }
        let parts: Vec<&str> = text.get(..10.min(text.len())).unwrap_or(text).split('-').collect();
        match parts[..] {
            [year, month, day] => format!("{day}/{month}/{year}"),
            [year, month] => format!("{month}/{year}"),
            _ => text.to_owned(),
        }
    }

    /// The hour of an instant; nothing for a date.
    pub(crate) fn hour(&self, text: &str) -> String {
        text.parse::<Instant>().map(|at| self.clock(at)).unwrap_or_default()
    }

    /// `21/11` of a date and its year, for a timeline.
    pub(crate) fn day_and_year(&self, text: &str) -> (String, String) {
        let day = self.day(text);
        match day.rsplit_once('/') {
            Some((short, year)) => (short.to_owned(), year.to_owned()),
            None => (String::new(), day),
        }
    }

    /// How long ago an instant was.
    pub(crate) fn when(&self, at: Instant) -> When {
        When { ago: self.ago(at), exact: self.moment(at), machine: at.to_string() }
    }

    /// How long ago a FHIR date or instant was.
    pub(crate) fn when_text(&self, text: &str) -> When {
        if let Ok(at) = text.parse::<Instant>() {
            return self.when(at);
        }
        let ago = text.parse::<Date>().map(|day| self.days_ago(day)).unwrap_or_default();
        When { ago, exact: self.day(text), machine: text.to_owned() }
    }

    fn ago(&self, at: Instant) -> String {
        let minutes = (self.now.0 - at.0).div_euclid(60_000);
        match minutes {
            i64::MIN..=-1 => self.days_ago(self.zoned(at).date()),
            0 => self.t("when-now"),
            1..=59 => self.count("when-minutes", minutes.unsigned_abs()),
            60..=719 => self.count("when-hours", (minutes / 60).unsigned_abs()),
            _ => self.days_ago(self.zoned(at).date()),
        }
    }

    fn days_ago(&self, day: Date) -> String {
        let Ok(span) = self.today().since((Unit::Day, day)) else { return String::new() };
        let days = i64::from(span.get_days());
        match days {
            ..=-2 => self.count("when-in-days", days.unsigned_abs()),
            -1 => self.t("when-tomorrow"),
            0 => self.t("when-today"),
            1 => self.t("when-yesterday"),
            2..=30 => self.count("when-days", days.unsigned_abs()),
            31..=364 => self.count("when-months", (days / 30).min(11).unsigned_abs()),
            _ => self.count("when-years", self.years(day).max(1).unsigned_abs()),
        }
    }

    fn years(&self, from: Date) -> i64 {
        self.today().since((Unit::Year, from)).map(|span| i64::from(span.get_years())).unwrap_or_default()
    }

    /// The age of a birth date: years, below two years months, below two months days. Nothing where it is not known to
    /// the day or lies ahead. `until` is the day of death.
    pub(crate) fn age(&self, birth: &str, until: Option<&str>) -> Option<String> {
        let birth: Date = birth.parse().ok()?;
        let until =
            until.and_then(|text| text.get(..10)).and_then(|text| text.parse().ok()).unwrap_or_else(|| self.today());
        if until < birth {
            return None;
        }
        let span = until.since((Unit::Year, birth)).ok()?;
        let months = i64::from(span.get_years()) * 12 + i64::from(span.get_months());
        Some(match months {
            24.. => self.count("age-years", u64::from(span.get_years().unsigned_abs())),
            2..=23 => self.count("age-months", months.unsigned_abs()),
            _ => {
                let days = until.since((Unit::Day, birth)).map(|span| span.get_days()).unwrap_or_default();
                self.count("age-days", u64::from(days.unsigned_abs()))
            }
        })
    }

    /// What somebody typed as a day, as FHIR writes it: from `21/11/2026`, `21.11.2026`, `2026-11-21`; text that is no
    /// day is given back as it is, so that the desk can say so.
    pub(crate) fn typed_day(text: &str) -> String {
        let text = text.trim();
        let parts: Vec<&str> = text.split(['/', '.', '-']).map(str::trim).collect();
        match parts[..] {
            [day, month, year] if year.len() == 4 && day.len() <= 2 && month.len() <= 2 => {
                format!("{year}-{month:0>2}-{day:0>2}")
            }
            [month, year] if year.len() == 4 && month.len() <= 2 => format!("{year}-{month:0>2}"),
            _ if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) => {
                format!("{}-{}-{}", &text[4..], &text[2..4], &text[..2])
            }
            _ => text.to_owned(),
        }
    }

    /// A FHIR date as people type it, for the value of a field: `21/11/2026`.
    pub(crate) fn shown_day(text: &str) -> String {
        let parts: Vec<&str> = text.split('-').collect();
        match parts[..] {
            [year, month, day] => format!("{day}/{month}/{year}"),
            [year, month] => format!("{month}/{year}"),
            _ => text.to_owned(),
        }
    }

    /// A day and, where there is one, a time of the clinic as one FHIR date or instant.
    pub(crate) fn typed_moment(&self, day: &str, time: &str) -> String {
        let day = Self::typed_day(day);
        let time = typed_hour(time.trim());
        let (Ok(date), Ok(hour)) = (day.parse::<Date>(), time.parse::<jiff::civil::Time>()) else {
            return if time.is_empty() { day } else { format!("{day}T{time}") };
        };
        match date.to_datetime(hour).to_zoned(self.zone.clone()) {
            Ok(at) => at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
            Err(_) => day,
        }
    }

    /// Today as people write it.
    pub(crate) fn today_typed(&self) -> String {
        self.today().strftime("%d/%m/%Y").to_string()
    }
}

/// What somebody typed as an hour, as FHIR writes it: from `14:32`, `9:05`, `14h32`, `1432`; anything else as it is.
fn typed_hour(text: &str) -> String {
    let (hour, minute) = match text.split_once([':', 'h', 'H']) {
        Some(parts) => parts,
        None if text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()) => text.split_at(2),
        None => return text.to_owned(),
    };
    format!("{:0>2}:{:0>2}", hour.trim(), minute.trim())
}

#[cfg(test)]
pub(crate) fn sample(language: Language) -> Locale {
    let zone = TimeZone::get("America/Sao_Paulo").expect("bundled zone");
    Locale { language, zone, now: "2026-11-21T17:32:00Z".parse().expect("an instant") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn dates_are_written_as_precisely_as_they_came() {
        let locale = sample(Language::PtBr);
        for (text, shown) in [
            ("2026-11-21", "21/11/2026"),
            ("2026-11", "11/2026"),
            ("2026", "2026"),
            ("2026-11-21T17:32:00Z", "21/11/2026 14:32"),
            ("2026-11-22T01:00:00Z", "21/11/2026 22:00"),
            ("", ""),
        ] {
            assert_eq!(locale.date(text), shown);
        }
        assert_eq!(locale.day_and_year("2026-11-21"), ("21/11".into(), "2026".into()));
        assert_eq!(locale.day_and_year("2026"), (String::new(), "2026".into()));
    }

    #[test]
    fn times_are_told_as_how_long_ago() {
        let locale = sample(Language::PtBr);
        for (text, ago) in [
            ("2026-11-21T17:31:40Z", "agora"),
            ("2026-11-21T17:27:00Z", "há 5 minutos"),
            ("2026-11-21T14:32:00Z", "há 3 horas"),
            ("2026-11-20T17:00:00Z", "ontem"),
            ("2026-11-18T17:00:00Z", "há 3 dias"),
            ("2026-08-10T12:00:00Z", "há 3 meses"),
            ("2024-10-10T12:00:00Z", "há 2 anos"),
            ("2025-11-20T12:00:00Z", "há 1 ano"),
            ("2026-11-22T17:00:00Z", "amanhã"),
            ("2026-12-01T17:00:00Z", "em 10 dias"),
        ] {
            assert_eq!(locale.when(at(text)).ago, ago, "{text}");
        }
        // Late in the evening it is still today in the clinic, whatever the day is in UTC.
        let evening = Locale { now: at("2026-11-22T02:30:00Z"), ..locale };
        assert_eq!(evening.when_text("2026-11-21").ago, "hoje");
        assert_eq!(evening.when(at("2026-11-21T10:00:00Z")).ago, "hoje");
    }

    #[test]
    fn ages_have_the_unit_that_matters() {
        let locale = sample(Language::PtBr);
        for (birth, age) in [
            ("1980-11-21", Some("46 anos")),
            ("1980-11-22", Some("45 anos")),
            ("2025-10-01", Some("13 meses")),
            ("2026-11-01", Some("20 dias")),
            ("2026-11-20", Some("1 dia")),
            ("2027-01-01", None),
            ("1980", None),
            ("", None),
        ] {
            assert_eq!(locale.age(birth, None).as_deref(), age, "{birth}");
        }
        assert_eq!(locale.age("1950-01-01", Some("2020-01-02T10:00:00Z")).as_deref(), Some("70 anos"));
    }

    #[test]
    fn days_are_read_as_people_type_them() {
        for (typed, day) in [
            ("21/11/2026", "2026-11-21"),
            ("1/2/1980", "1980-02-01"),
            ("21.11.2026", "2026-11-21"),
            ("21112026", "2026-11-21"),
            ("2026-11-21", "2026-11-21"),
            ("ontem", "ontem"),
            ("", ""),
        ] {
            assert_eq!(Locale::typed_day(typed), day);
        }
        let locale = sample(Language::PtBr);
        assert_eq!(locale.typed_moment("21/11/2026", "14:32"), "2026-11-21T14:32:00-03:00");
        for hour in ["9:05", "09h05", "0905", " 09:05 "] {
            assert_eq!(locale.typed_moment("21/11/2026", hour), "2026-11-21T09:05:00-03:00");
        }
        assert_eq!(locale.typed_moment("21/11/2026", ""), "2026-11-21");
        assert_eq!(locale.typed_moment("21/11/2026", "25:00"), "2026-11-21T25:00", "the desk refuses it by name");
    }

    #[test]
    fn numbers_have_their_thousands_apart() {
        assert_eq!(sample(Language::PtBr).number(1_234_567), "1.234.567");
        assert_eq!(sample(Language::En).number(999), "999");
    }
}
