//! What changed between two texts, word by word: for histories and for the page where two versions meet.

/// A stretch of text and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// In both.
    Same(String),
    /// Only in the earlier text.
    Gone(String),
    /// Only in the later text.
    New(String),
}

/// Above this many pairs of words the texts are shown whole, one after the other: the table below is quadratic.
const MOST_PAIRS: usize = 1_500_000;

/// The pieces that lead from one text to the other. All `Same` and `Gone` make the first, all `Same` and `New` the second.
pub(crate) fn words(before: &str, after: &str) -> Vec<Piece> {
    let (old, new) = (split(before), split(after));
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (old_mid, new_mid) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);

    let mut pieces = Pieces::default();
    old[..head].iter().for_each(|word| pieces.same(word));
    if old_mid.len().saturating_mul(new_mid.len()) > MOST_PAIRS {
        old_mid.iter().for_each(|word| pieces.gone(word));
        new_mid.iter().for_each(|word| pieces.came(word));
    } else {
        middle(old_mid, new_mid, &mut pieces);
    }
    old[old.len() - tail..].iter().for_each(|word| pieces.same(word));
    pieces.finish()
}

/// The longest common subsequence, by the textbook table.
fn middle(old: &[&str], new: &[&str], pieces: &mut Pieces) {
    let width = new.len() + 1;
    let mut longest = vec![0_u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            longest[i * width + j] = if old[i] == new[j] {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < old.len() && j < new.len() {
        if old[i] == new[j] {
            pieces.same(old[i]);
            (i, j) = (i + 1, j + 1);
        } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
            pieces.gone(old[i]);
            i += 1;
        } else {
            pieces.came(new[j]);
            j += 1;
        }
    }
    old[i..].iter().for_each(|word| pieces.gone(word));
    new[j..].iter().for_each(|word| pieces.came(word));
}

/// Words, blanks and single signs, so that a comma added does not mark the word before it.
fn split(text: &str) -> Vec<&str> {
    #[derive(PartialEq, Clone, Copy)]
    enum Kind {
        Word,
        Blank,
        Sign,
    }
    let kind = |c: char| {
        if c.is_alphanumeric() {
            Kind::Word
        } else if c.is_whitespace() {
            Kind::Blank
        } else {
            Kind::Sign
        }
    };
    let mut out = Vec::new();
    let mut start = 0;
    let mut last = None;
    for (at, sign) in text.char_indices() {
        let this = kind(sign);
        if last.is_some_and(|last| last != this || this == Kind::Sign) {
            out.push(&text[start..at]);
            start = at;
        }
        last = Some(this);
    }
    if start < text.len() {
        out.push(&text[start..]);
    }
    out
}

/// Joins neighbours of a kind; what went comes before what came.
#[derive(Default)]
struct Pieces {
    done: Vec<Piece>,
    gone: String,
    new: String,
}

impl Pieces {
    fn same(&mut self, word: &str) {
        self.flush();
        if let Some(Piece::Same(text)) = self.done.last_mut() {
            text.push_str(word);
        } else {
            self.done.push(Piece::Same(word.to_owned()));
        }
    }

    fn gone(&mut self, word: &str) {
        self.gone.push_str(word);
    }

    fn came(&mut self, word: &str) {
        self.new.push_str(word);
    }

    fn flush(&mut self) {
        if !self.gone.is_empty() {
            self.done.push(Piece::Gone(std::mem::take(&mut self.gone)));
        }
        if !self.new.is_empty() {
            self.done.push(Piece::New(std::mem::take(&mut self.new)));
        }
    }

    fn finish(mut self) -> Vec<Piece> {
        self.flush();
        join(self.done)
    }
}

/// Joins changes with no word between them: a phrase that was replaced reads as one phrase, not as every other word.
fn join(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    let (mut gone, mut new, mut between) = (String::new(), String::new(), String::new());
    let flush = |gone: &mut String, new: &mut String, between: &mut String, out: &mut Vec<Piece>| {
        for (text, piece) in [(gone, Piece::Gone as fn(String) -> Piece), (new, Piece::New), (between, Piece::Same)] {
            if !text.is_empty() {
                out.push(piece(std::mem::take(text)));
            }
        }
    };
    for piece in pieces {
        match piece {
            Piece::Same(text) => {
                let changes = !gone.is_empty() || !new.is_empty();
                if changes && between.is_empty() && !text.contains(|c: char| c.is_alphanumeric() || c == '\n') {
                    between = text;
                } else {
                    flush(&mut gone, &mut new, &mut between, &mut out);
                    out.push(Piece::Same(text));
                }
            }
            Piece::Gone(text) => {
                carry(&mut gone, &mut new, &mut between);
                gone.push_str(&text);
            }
            Piece::New(text) => {
                carry(&mut gone, &mut new, &mut between);
                new.push_str(&text);
            }
        }
    }
    flush(&mut gone, &mut new, &mut between, &mut out);
    out
}

/// What stood between two changes belongs to both texts.
fn carry(gone: &mut String, new: &mut String, between: &mut String) {
    gone.push_str(between);
    new.push_str(between);
    between.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(before: &str, after: &str) -> String {
        let show = |piece: &Piece| match piece {
            Piece::Same(text) => text.clone(),
            Piece::Gone(text) => format!("[-{text}-]"),
            Piece::New(text) => format!("[+{text}+]"),
        };
        words(before, after).iter().map(show).collect()
    }

    #[test]
    fn words_that_changed_are_marked() {
        assert_eq!(marked("losartana 25 mg ao dia", "losartana 50 mg ao dia"), "losartana [-25-][+50+] mg ao dia");
        assert_eq!(marked("tomar 2 cp ao dia", "tomar 1 comprimido ao dia"), "tomar [-2 cp-][+1 comprimido+] ao dia");
        assert_eq!(marked("a 1\nb 2", "a 3\nc 2"), "a [-1-][+3+]\n[-b-][+c+] 2", "lines stay apart");
        assert_eq!(marked("", "novo"), "[+novo+]");
        assert_eq!(marked("velho", ""), "[-velho-]");
        assert_eq!(marked("igual", "igual"), "igual");
        assert_eq!(marked("", ""), "");
        assert_eq!(marked("dor", "dor, febre"), "dor[+, febre+]");
        assert_eq!(marked("Ação — 1ª", "Ação — 2ª"), "Ação — [-1ª-][+2ª+]");
    }

    #[test]
    fn both_texts_can_be_read_from_the_pieces() {
        let cases =
            [("a b c d e", "a x c e f"), ("um dois\ntrês", "dois três\n\nquatro"), ("aaa aaa aaa", "aaa bbb aaa")];
        for (before, after) in cases {
            let pieces = words(before, after);
            let side = |keep_gone: bool| -> String {
                pieces
                    .iter()
                    .filter_map(|piece| match piece {
                        Piece::Same(text) => Some(text.as_str()),
                        Piece::Gone(text) => keep_gone.then_some(text.as_str()),
                        Piece::New(text) => (!keep_gone).then_some(text.as_str()),
                    })
                    .collect()
            };
            assert_eq!((side(true).as_str(), side(false).as_str()), (before, after));
        }
    }

    #[test]
    fn texts_too_long_for_the_table_are_shown_whole() {
        let before = "a b ".repeat(2000);
        let after = "c d ".repeat(2000);
        let pieces = words(&before, &after);
        assert!(pieces.len() <= 3, "{}", pieces.len());
    }
}
