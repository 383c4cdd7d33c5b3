//! What the narrative of a resource may hold (R4, 2.4.1): elements of text, tables and images, and nothing that acts.

/// Elements of HTML 4.0 chapters 7 to 11 (but section 4 of chapter 9) and 15, with `a`, `img` and their like.
#[rustfmt::skip]
const ELEMENTS: &[&str] = &[
    "a", "abbr", "acronym", "address", "b", "bdo", "big", "blockquote", "br", "caption", "cite", "code", "col",
    "colgroup", "dd", "dfn", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd",
    "li", "map", "area", "ol", "p", "pre", "q", "samp", "small", "span", "strong", "sub", "sup", "table", "tbody",
    "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var",
];

/// Attributes of those.
#[rustfmt::skip]
const ATTRIBUTES: &[&str] = &[
    "abbr", "accesskey", "align", "alt", "axis", "bgcolor", "border", "cellhalign", "cellpadding", "cellspacing",
    "cellvalign", "char", "charoff", "charset", "cite", "class", "colspan", "compact", "coords", "dir", "frame",
    "headers", "height", "href", "hreflang", "hspace", "id", "lang", "longdesc", "name", "nowrap", "rel", "rev",
    "rowspan", "rules", "scope", "shape", "span", "src", "start", "style", "summary", "tabindex", "title", "type",
    "usemap", "valign", "value", "vspace", "width", "xml:lang", "xmlns",
];

/// Whether a text is a `div` of allowed elements and attributes, closed in their order, with something to read or see.
pub(super) fn is_narrative(text: &str) -> bool {
    check(text) == Some(true)
}

/// The same, but for something to read or see (txt-1).
pub(crate) fn is_formed(text: &str) -> bool {
    check(text).is_some()
}

/// Whether there is something to read or see (txt-2), whatever the elements are.
pub(crate) fn shows(text: &str) -> bool {
    if text.contains("<img") {
        return true;
    }
    let mut inside = false;
    text.chars().any(|c| {
        let starts = c == '<';
        inside = (inside && c != '>') || starts;
        !inside && c != '>' && !c.is_whitespace()
    })
}

/// Whether there is something to read or see; nothing where the form is not right.
fn check(text: &str) -> Option<bool> {
    let text = text.trim();
    let mut open: Vec<&str> = Vec::new();
    let (mut rest, mut content, mut seen) = (text, false, false);
    while let Some(at) = rest.find('<') {
        content |= !rest[..at].trim().is_empty();
        // Nothing stands outside of the one div.
        if open.is_empty() && (seen || !rest[..at].is_empty()) {
            return None;
        }
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = &comment[comment.find("-->")? + 3..];
            continue;
        }
        if let Some(closing) = rest.strip_prefix('/') {
            let end = closing.find('>')?;
            if open.pop()? != closing[..end].trim_end() {
                return None;
            }
            seen |= open.is_empty();
            rest = &closing[end + 1..];
            continue;
        }
        let (name, after, closed) = tag(rest)?;
        if open.is_empty() && name != "div" {
            return None;
        }
        content |= name == "img";
        if !closed {
            open.push(name);
        }
        rest = after;
    }
    (open.is_empty() && seen && rest.is_empty()).then_some(content)
}

/// An opening tag after its bracket: its name, what follows it, and whether it closes itself.
fn tag(text: &str) -> Option<(&str, &str, bool)> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric())?;
    let (name, mut rest) = text.split_at(end);
    if !ELEMENTS.contains(&name) {
        return None;
    }
    loop {
        let trimmed = rest.trim_start();
        if let Some(after) = trimmed.strip_prefix("/>") {
            return Some((name, after, true));
        }
        if let Some(after) = trimmed.strip_prefix('>') {
            return Some((name, after, false));
        }
        if trimmed.len() == rest.len() {
            return None;
        }
        let end = trimmed.find(|c: char| c == '=' || c.is_whitespace())?;
        let (attribute, value) = (&trimmed[..end], trimmed[end..].trim_start().strip_prefix('=')?.trim_start());
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let end = value[1..].find(quote)?;
        if !ATTRIBUTES.contains(&attribute) || acts(&value[1..=end]) {
            return None;
        }
        rest = &value[end + 2..];
    }
}

/// Whether an address runs something.
fn acts(value: &str) -> bool {
    let plain: String = value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).take(16).collect();
    let plain = plain.to_ascii_lowercase();
    plain.starts_with("javascript:") || plain.starts_with("vbscript:") || plain.starts_with("data:text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrative_only_shows() {
        for text in [
            "<div xmlns=\"http://www.w3.org/1999/xhtml\">Olá</div>",
            "<div><p>a<br/>b</p><!-- c --><table class='x'><tr><td colspan=\"2\">1 &lt; 2</td></tr></table></div>",
            "<div><img src=\"#a\" alt=\"a\"/></div>",
        ] {
            assert!(is_narrative(text) && is_formed(text) && shows(text), "{text}");
        }
        assert!(is_formed("<div> <p/> </div>") && !shows("<div> <p/> </div>") && !shows("") && !is_formed("<p>a</p>"));
        for text in [
            "",
            "texto",
            "<div></div>",
            "<div> <p/> </div>",
            "<p>a</p>",
            "<div>a</div>b",
            "<div>a</div><div>b</div>",
            "<div><script>x</script></div>",
            "<div onclick=\"x()\">a</div>",
            "<div><a href=\" java\nscript:x\">a</a></div>",
            "<div><b>a</div></b>",
            "<div><p>a</div>",
            "<div",
            "<div a>x</div>",
            "<div title=\"x>a</div>",
            "<div><form>a</form></div>",
        ] {
            assert!(!is_narrative(text), "{text}");
        }
    }
}
