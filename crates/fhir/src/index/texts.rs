//! Strings as they are filed: folded, and as they are written. What is longer than a row goes on in more rows, each
//! beginning before the one before it ends, so that no part of it is missed.

use crate::text::fold;

/// Characters of a folded text in one row.
pub(crate) const ROW: usize = 4_000;
/// Characters that a row has in common with the next: what is looked for within texts is no longer.
pub(crate) const WITHIN: usize = 500;
/// Bytes of one text that are read: R4 allows a string 1 Mi characters.
const TEXT: usize = 4 << 20;
/// At the end of a row whose text goes on: such a row neither is what is asked for nor ends with it.
const GOES_ON: char = '\u{1}';

/// A text folded, and as it is written where that is another; as much of each as one row holds. What is asked for is
/// always shorter than a row, so one that goes on is not kept as it is written: it is never exactly that.
pub(crate) fn texts(text: &str) -> (String, String) {
    let mut rows = Filed::new(text);
    (rows.value.take().unwrap_or_default(), rows.written)
}

/// A text as it is filed.
pub(super) struct Filed {
    /// Its first row, folded; nothing of a text without letters.
    pub(super) value: Option<String>,
    /// As it is written; empty where that is the same, and where it goes on.
    pub(super) written: String,
    /// The rows after the first, folded.
    pub(super) rest: Vec<String>,
}

impl Filed {
    pub(super) fn new(text: &str) -> Filed {
        let text = &text[..text.floor_char_boundary(TEXT)];
        let folded = fold(text);
        // Bytes say enough of nearly every text.
        if folded.len() <= ROW || folded.chars().count() <= ROW {
            let cut = text.char_indices().nth(ROW).map_or(text.len(), |(end, _)| end);
            let written = if text[..cut] == folded { String::new() } else { text[..cut].to_owned() };
            return Filed { value: (!folded.is_empty()).then_some(folded), written, rest: Vec::new() };
        }
        let mut rows = rows(&folded);
        Filed { value: rows.next(), written: String::new(), rest: rows.collect() }
    }
}

/// A folded text row by row.
fn rows(folded: &str) -> impl Iterator<Item = String> + '_ {
    let mut left = Some(folded);
    std::iter::from_fn(move || {
        let text = left?;
        let at = |chars: usize| text.char_indices().nth(chars).map(|(end, _)| end);
        let Some(end) = at(ROW) else {
            left = None;
            return Some(text.to_owned());
        };
        left = at(ROW - WITHIN).map(|next| &text[next..]);
        Some(format!("{}{GOES_ON}", &text[..end]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_of_a_long_text_is_missed() {
        let numbers: String = (0..10 * ROW).map(|n| format!("{n} Número\u{a0} ")).collect();
        for length in [1, ROW - 1, ROW, ROW + 1, 2 * ROW - WITHIN, 2 * ROW - WITHIN + 1, 5 * ROW + 17] {
            let text: String = numbers.chars().take(length).collect();
            let folded: Vec<char> = fold(&text).chars().collect();
            let Filed { value, rest, written } = Filed::new(&text);
            let rows: Vec<String> = value.into_iter().chain(rest).collect();
            assert_eq!(written.is_empty(), rows.len() > 1 || text == fold(&text), "{length}");
            let has = |asked: &[char]| {
                let asked: String = asked.iter().collect();
                (rows.iter().any(|row| row.contains(&asked)), rows.iter().any(|row| row.ends_with(&asked)))
            };
            for from in (0..folded.len()).step_by(61).chain([folded.len() - 1]) {
                let until = folded.len().min(from + WITHIN);
                let (within, ends) = has(&folded[from..until]);
                assert!(within, "{length}: from {from}");
                let really = folded.ends_with(&folded[from..until]);
                assert_eq!(ends, really, "{length}: from {from}");
            }
            let elsewhere: String = folded.iter().rev().take(WITHIN).collect();
            assert!(length < 100 || !has(&elsewhere.chars().collect::<Vec<_>>()).0, "{length}");
        }
    }

    #[test]
    fn spaces_alone_are_nothing_and_make_no_text_another() {
        assert_eq!(texts(" \n "), (String::new(), " \n ".to_owned()));
        let (value, written) = texts(&format!("a{}", " ".repeat(3 * ROW)));
        assert_eq!((value.as_str(), written.chars().count()), ("a", ROW));
    }
}
