//! Properties of folding and of narratives, over texts from a small generator that always makes the same ones.

use aroeira_fhir::text::{fold, narrative, narrative_text};

/// Pseudo-random numbers (xorshift64*).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % end
    }

    /// Pieces that look like markup, Portuguese words, and any characters but control characters; lines among them.
    fn text(&mut self) -> String {
        const PIECES: &[&str] = &[
            "<br/>",
            "<br>",
            "</div>",
            "<div xmlns=\"http://www.w3.org/1999/xhtml\">",
            "&amp;",
            "&lt;",
            "&#10;",
            "&nbsp;",
            "&",
            ";",
            "<",
            ">",
            "\"",
            "'",
            "  ",
            " ",
            "\n",
            "\n\n",
            "<!--",
            "-->",
            "\u{a0}",
            "Conceição",
            "e\u{301}",
            "ﬁ",
            "İ",
            "pressão 12×8",
            "\u{2028}",
            "😀",
            "\u{feff}",
            "ǅ",
            "ẛ̣",
            "Ω",
        ];
        let mut text = String::new();
        for _ in 0..self.below(12) {
            if self.below(3) == 0 {
                let char = char::from_u32(self.below(0x11_0000) as u32).filter(|c| !c.is_control());
                text.extend(char);
            } else {
                text.push_str(PIECES[self.below(PIECES.len())]);
            }
        }
        text
    }
}

#[test]
fn a_narrative_gives_its_text_back() {
    let mut dice = Dice(7);
    for _ in 0..50_000 {
        let text = dice.text();
        let div = narrative(&text);
        assert_eq!(narrative_text(&div), text, "{div}");
        assert!(div.starts_with("<div xmlns=\"http://www.w3.org/1999/xhtml\">") && div.ends_with("</div>"));
        // Nothing of the text is markup.
        assert_eq!(div.matches('<').count(), 2 + text.matches('\n').count(), "{div}");
    }
}

#[test]
fn any_text_is_read_as_a_narrative_without_panic() {
    let mut dice = Dice(11);
    for _ in 0..50_000 {
        let text = dice.text();
        let read = narrative_text(&text);
        assert!(read.len() <= text.len(), "{text:?}");
    }
}

#[test]
fn folding_is_settled_and_blind_to_case() {
    let mut dice = Dice(13);
    for _ in 0..50_000 {
        let text = dice.text();
        let folded = fold(&text);
        assert_eq!(fold(&folded), folded, "{text:?}");
        assert!(!folded.contains("  ") && folded.trim() == folded, "{folded:?}");
        assert_eq!(fold(&format!(" {text}\n")), folded);
    }
    for word in ["Hipertensão", "CORAÇÃO", "Útero", "órgãos", "Pênfigo"] {
        assert_eq!(fold(word), fold(&word.to_uppercase()));
        assert!(fold(word).is_ascii());
    }
}

#[test]
fn what_only_looks_like_an_entity_stays() {
    for text in ["&&&", "&;", "&amp", "&#;", "&#x110000;", "&#0;", "&averyverylongname;", "é&ção;"] {
        assert_eq!(narrative_text(text), text);
    }
    assert_eq!(narrative_text(&"&".repeat(1_000_000)).len(), 1_000_000);
}
