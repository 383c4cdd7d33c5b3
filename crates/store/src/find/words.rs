//! Words that somebody typed, as a full-text expression.

/// Turns what somebody typed into a full-text expression: words (all of them), `begin*`, `"a phrase"`. Nothing typed can
/// be an operator. `None` when there is nothing to look for.
#[must_use]
pub fn words(typed: &str) -> Option<String> {
    let mut out: Vec<String> = Vec::new();
    for (i, part) in typed.split('"').enumerate().take(64) {
        let quoted = i % 2 == 1;
        let pieces: Vec<&str> = if quoted { vec![part] } else { part.split_whitespace().collect() };
        for piece in pieces.into_iter().take(32) {
            let begins = !quoted && piece.ends_with('*');
            // An accent may stand behind its letter as a character of its own.
            let of_a_word = |c: char| c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c);
            let piece: String = piece.chars().map(|c| if of_a_word(c) { c } else { ' ' }).collect();
            let piece = piece.split_whitespace().collect::<Vec<_>>().join(" ");
            if !piece.is_empty() {
                out.push(format!("\"{piece}\"{}", if begins { "*" } else { "" }));
            }
        }
    }
    (!out.is_empty()).then(|| out.join(" "))
}
