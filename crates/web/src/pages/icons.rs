//! The few icons there are, always beside a word.

/// An icon as inline SVG; nothing for a name there is none of.
pub(crate) fn icon(name: &str) -> String {
    let path = match name {
        "search" => r#"<circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/>"#,
        "person" => r#"<circle cx="12" cy="8" r="4"/><path d="M4 21c0-4.5 3.5-7 8-7s8 2.5 8 7"/>"#,
        "people" => {
            r#"<circle cx="9" cy="8" r="3.5"/><path d="M2.5 20c0-4 2.9-6.2 6.5-6.200s6.5 2.2 6.5 6.200M16 4.800a3.5 3.5 0 0 1 0 6.400M18 14.200c2.2.8 3.5 2.8 3.5 5.8"/>"#
        }
        "file" => r#"<path d="M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6"/>"#,
        "badge" => {
            r#"<rect x="3" y="5" width="18" height="15" rx="2"/><circle cx="9" cy="12" r="2.2"/><path d="M5.8 17c.4-1.6 1.6-2.3 3.2-2.300s2.8.7 3.2 2.300M15 11h3M15 15h3M9 5V3h6v2"/>"#
        }
        "shield" => r#"<path d="M12 3l8 3v6c0 4.5-3.2 7.7-8 9-4.8-1.3-8-4.5-8-9V6zM8.5 12l2.5 2.5 4.5-5"/>"#,
        "alert" => r#"<path d="M12 4 2.5 20h19zM12 10v4.500M12 17.500v.1"/>"#,
        "check" => r#"<circle cx="12" cy="12" r="9"/><path d="m8 12.5 2.8 2.800L16.2 9.5"/>"#,
        "info" => r#"<circle cx="12" cy="12" r="9"/><path d="M12 11v5.500M12 7.500v.1"/>"#,
        "lock" => r#"<rect x="5" y="11" width="14" height="9" rx="2"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>"#,
        "plus" => r#"<path d="M12 5v14M5 12h14"/>"#,
        "question" => {
            r#"<circle cx="12" cy="12" r="9"/><path d="M9.5 9.500a2.5 2.5 0 1 1 3.6 2.200c-.8.4-1.1.9-1.1 1.800M12 16.800v.1"/>"#
        }
        _ => return String::new(),
    };
    format!(r#"<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{path}</svg>"#)
}
