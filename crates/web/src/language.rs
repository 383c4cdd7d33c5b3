//! The language of an answer: a cookie, else what the browser asks for, else Portuguese.

use std::borrow::Cow;
use std::collections::HashMap;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader, langid, static_loader};
use http::{HeaderMap, header};

use crate::context::cookie;

static_loader! {
    static TEXTS = {
        locales: "./i18n",
        fallback_language: "pt-BR",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

static PT_BR: LanguageIdentifier = langid!("pt-BR");
static EN: LanguageIdentifier = langid!("en");

/// The cookie that a reader's choice is kept in.
pub(crate) const COOKIE: &str = "aroeira_lang";

/// A language we have all texts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum Language {
    /// Brazilian Portuguese: the default, and what a missing text falls back to.
    #[default]
    PtBr,
    /// English.
    En,
}

impl Language {
    /// `pt-BR` or `en`: for `lang=` and `Content-Language`.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::PtBr => "pt-BR",
            Self::En => "en",
        }
    }

    /// The language of a request.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        if let Some(chosen) = cookie(headers, COOKIE).and_then(Self::from_tag) {
            return chosen;
        }
        let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        asked.map_or(Self::PtBr, Self::preferred)
    }

    /// The language a tag such as `en-GB` is of, if it is one of ours.
    pub(crate) fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("pt") {
            Some(Self::PtBr)
        } else if primary.eq_ignore_ascii_case("en") {
            Some(Self::En)
        } else {
            None
        }
    }

    /// The best of an `Accept-Language` (RFC 9110, 12.5.4); the first of equals.
    fn preferred(asked: &str) -> Self {
        let mut best = (0.0_f32, Self::PtBr);
        for range in asked.split(',') {
            let (tag, weight) = range.split_once(';').map_or((range, None), |(tag, rest)| (tag, Some(rest)));
            let weight = weight.and_then(|rest| rest.trim().strip_prefix("q=")).map_or(Some(1.0), |q| q.parse().ok());
            if let (Some(language), Some(weight)) = (Self::from_tag(tag.trim()), weight)
                && weight > best.0
            {
                best = (weight, language);
            }
        }
        best.1
    }

    fn id(self) -> &'static LanguageIdentifier {
        match self {
            Self::PtBr => &PT_BR,
            Self::En => &EN,
        }
    }

    /// The text of a key; the key itself where there is none, which a test keeps from happening.
    pub(crate) fn text(self, key: &str) -> String {
        TEXTS.try_lookup(self.id(), key).unwrap_or_else(|| key.to_owned())
    }

    /// The text of a key with values in it.
    pub(crate) fn text_with(self, key: &str, values: &[(&'static str, &str)]) -> String {
        let values: HashMap<Cow<'static, str>, FluentValue<'_>> =
            values.iter().map(|(name, value)| (Cow::Borrowed(*name), FluentValue::from(*value))).collect();
        TEXTS.try_lookup_with_args(self.id(), key, &values).unwrap_or_else(|| key.to_owned())
    }

    /// Whether this language itself has a text for the key: no fallback.
    #[cfg(test)]
    pub(crate) fn has(self, key: &str) -> bool {
        let values = HashMap::from([("expected", FluentValue::from("x"))]);
        TEXTS.lookup_single_language(self.id(), key, Some(&values)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn the_best_language_asked_for_is_chosen() {
        for (asked, language) in [
            ("en", Language::En),
            ("en-GB,pt;q=0.9", Language::En),
            ("pt;q=0.9, en;q=1.0", Language::En),
            ("de, fr", Language::PtBr),
            ("de, en;q=0.1", Language::En),
            ("pt-PT, en;q=0.9", Language::PtBr),
            ("en;q=0, *", Language::PtBr),
            ("", Language::PtBr),
            ("en;q=abc", Language::PtBr),
        ] {
            assert_eq!(Language::preferred(asked), language, "{asked}");
        }
    }

    #[test]
    fn the_cookie_goes_before_the_header() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static("pt-BR"));
        assert_eq!(Language::of(&headers), Language::PtBr);
        headers.insert(header::COOKIE, HeaderValue::from_static("a=b; aroeira_lang=en"));
        assert_eq!(Language::of(&headers), Language::En);
    }

    #[test]
    fn values_stand_in_texts_as_they_are() {
        let text = Language::En.text_with("error-field-one-of-expected", &[("expected", "a, b")]);
        assert!(text.contains("a, b"), "{text}");
    }
}
