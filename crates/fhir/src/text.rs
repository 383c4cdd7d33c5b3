//! Text as people search and read it: folded for comparing, and in and out of the XHTML of a narrative.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

const OPEN: &str = "<div xmlns=\"http://www.w3.org/1999/xhtml\">";
const CLOSE: &str = "</div>";
const BREAK: &str = "<br/>";

/// Text without accents and case: compatibility decomposition, combining marks dropped, lower case, runs of white space
/// as one space and none at the ends. "  Hipertensão  ARTERIAL" becomes "hipertensao arterial".
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    if text.is_ascii() {
        text.bytes().for_each(|b| push_folded(char::from(b.to_ascii_lowercase()), &mut folded));
    } else {
        for char in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
            push_folded(char, &mut folded);
        }
    }
    if folded.ends_with(' ') {
        folded.pop();
    }
    folded
}

fn push_folded(char: char, folded: &mut String) {
    if !char.is_whitespace() {
        folded.push(char);
    } else if !folded.is_empty() && !folded.ends_with(' ') {
        folded.push(' ');
    }
}

/// The text as the XHTML `div` of a narrative; [`narrative_text`] gives the same text back.
pub fn narrative(text: &str) -> String {
    let mut div = String::with_capacity(OPEN.len() + text.len() + text.len() / 8 + CLOSE.len());
    div.push_str(OPEN);
    for char in text.chars() {
        match char {
            '&' => div.push_str("&amp;"),
            '<' => div.push_str("&lt;"),
            '>' => div.push_str("&gt;"),
            '"' => div.push_str("&quot;"),
            '\n' => div.push_str(BREAK),
            other => div.push(other),
        }
    }
    div.push_str(CLOSE);
    div
}

/// What a reader of the narrative reads. Of a `div` that [`narrative`] wrote it is the very text; of any other, tags and
/// comments are dropped, blocks begin new lines, runs of white space are one space.
pub fn narrative_text(div: &str) -> String {
    let mut text = String::with_capacity(div.len());
    if let Some(inner) = div.strip_prefix(OPEN).and_then(|rest| rest.strip_suffix(CLOSE))
        && inner.matches('<').count() == inner.matches(BREAK).count()
    {
        for (line, part) in inner.split(BREAK).enumerate() {
            if line > 0 {
                text.push('\n');
            }
            unescape(part, &mut |char| text.push(char));
        }
        return text;
    }
    let mut rest = div;
    while let Some(start) = rest.find('<') {
        flow(&rest[..start], &mut text);
        let tag = &rest[start..];
        let end = if tag.starts_with("<!--") { tag.find("-->").map(|end| end + 3) } else { tag_end(tag) };
        let end = end.unwrap_or(tag.len());
        match separator(&tag[1..end]) {
            Some('\n') => new_line(&mut text),
            Some(_) => flow(" ", &mut text),
            None => {}
        }
        rest = &tag[end..];
    }
    flow(rest, &mut text);
    text.truncate(text.trim_end().len());
    text
}

/// After the `>` that ends a tag; one within quotes is part of an attribute.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (at, b) in tag.bytes().enumerate() {
        match quote {
            Some(open) if b == open => quote = None,
            Some(_) => {}
            None if b == b'"' || b == b'\'' => quote = Some(b),
            None if b == b'>' => return Some(at + 1),
            None => {}
        }
    }
    None
}

/// What a tag stands for between two texts: a line, a space or nothing.
fn separator(tag: &str) -> Option<char> {
    let name = tag.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    match name {
        "br" | "p" | "div" | "li" | "ul" | "ol" | "dl" | "dt" | "dd" | "tr" | "table" | "h1" | "h2" | "h3" | "h4"
        | "h5" | "h6" | "hr" | "blockquote" | "pre" | "caption" => Some('\n'),
        "td" | "th" | "img" => Some(' '),
        _ => None,
    }
}

fn new_line(text: &mut String) {
    if text.ends_with(' ') {
        text.pop();
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

/// Appends running text, its white space collapsed.
fn flow(part: &str, text: &mut String) {
    unescape(part, &mut |char| {
        if !char.is_whitespace() {
            text.push(char);
        } else if !text.is_empty() && !text.ends_with([' ', '\n']) {
            text.push(' ');
        }
    });
}

/// Characters between `&` and `;`, as in `&#x10FFFF;`.
const LONGEST_ENTITY: usize = 10;

/// The letters HTML names that are common in Portuguese text; XML has only the first five.
#[rustfmt::skip]
const ENTITIES: &[(&str, char)] = &[
    ("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("apos", '\''), ("nbsp", '\u{a0}'),
    ("aacute", 'á'), ("agrave", 'à'), ("acirc", 'â'), ("atilde", 'ã'), ("eacute", 'é'), ("ecirc", 'ê'),
    ("iacute", 'í'), ("oacute", 'ó'), ("ocirc", 'ô'), ("otilde", 'õ'), ("uacute", 'ú'), ("uuml", 'ü'), ("ccedil", 'ç'),
    ("Aacute", 'Á'), ("Agrave", 'À'), ("Acirc", 'Â'), ("Atilde", 'Ã'), ("Eacute", 'É'), ("Ecirc", 'Ê'),
    ("Iacute", 'Í'), ("Oacute", 'Ó'), ("Ocirc", 'Ô'), ("Otilde", 'Õ'), ("Uacute", 'Ú'), ("Ccedil", 'Ç'),
    ("ordf", 'ª'), ("ordm", 'º'), ("deg", '°'), ("micro", 'µ'), ("middot", '·'), ("ndash", '–'), ("mdash", '—'),
    ("bull", '•'), ("hellip", '…'), ("lsquo", '‘'), ("rsquo", '’'), ("ldquo", '“'), ("rdquo", '”'),
    ("le", '≤'), ("ge", '≥'), ("plusmn", '±'), ("times", '×'), ("sup2", '²'), ("sup3", '³'),
];

/// Hands on the characters of a text with its entities resolved; what is no known entity stays as it stands.
fn unescape(mut text: &str, push: &mut dyn FnMut(char)) {
    while let Some(start) = text.find('&') {
        text[..start].chars().for_each(&mut *push);
        let rest = &text[start + 1..];
        let end = rest.bytes().take(LONGEST_ENTITY + 1).position(|b| b == b';');
        let named = end.and_then(|end| Some((entity(&rest[..end])?, end)));
        text = if let Some((char, end)) = named {
            push(char);
            &rest[end + 1..]
        } else {
            push('&');
            rest
        };
    }
    text.chars().for_each(push);
}

fn entity(name: &str) -> Option<char> {
    let Some(number) = name.strip_prefix('#') else {
        return ENTITIES.iter().find(|(known, _)| *known == name).map(|(_, char)| *char);
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    code.ok().and_then(char::from_u32).filter(|char| *char != '\0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_forgets_accents_case_and_spacing() {
        assert_eq!(fold("  Hipertensão \t ARTERIAL\n"), "hipertensao arterial");
        assert_eq!(fold("Conceição D'Ávila"), "conceicao d'avila");
        assert_eq!(fold("ﬁbrilação  nº 2"), "fibrilacao no 2");
        assert_eq!(fold("İstanbul"), "istanbul");
        assert_eq!(fold(" \u{a0} "), "");
    }

    #[test]
    fn a_foreign_narrative_is_read_line_by_line() {
        let div = "<div xmlns=\"http://www.w3.org/1999/xhtml\">\n <p title=\"a > b\"><b>Press&atilde;o</b> 12&#160;x 8</p>\n\
                   <!-- <p>no</p> --><table><tr><td>A</td><td>B &lt; C</td></tr></table>x &unknown; &#xe9; & y</div>";
        assert_eq!(narrative_text(div), "Pressão 12 x 8\nA B < C\nx &unknown; é & y");
        assert_eq!(narrative_text("plain < broken"), "plain");
        assert_eq!(narrative_text(""), "");
    }
}
