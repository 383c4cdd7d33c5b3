//! The evidence as a page for people: one file, to be printed.

use askama::Template;

use super::{Evidence, Outcome, State, Verdict};
use crate::Language;
use crate::check::Text;

#[derive(Template)]
#[template(path = "evidence/page.html", escape = "html")]
struct Page<'a> {
    evidence: &'a Evidence,
    language: Language,
}

impl Page<'_> {
    fn say<'t>(&self, portuguese: &'t str, english: &'t str) -> &'t str {
        self.language.say(portuguese, english)
    }

    fn words<'t>(&self, text: &'t Text) -> &'t str {
        text.in_language(self.language)
    }

    fn state(&self, outcome: &Outcome) -> &'static str {
        match (outcome.state, self.language) {
            (State::Met, Language::Portuguese) => "atendido",
            (State::Met, Language::English) => "met",
            (State::Partly, Language::Portuguese) => "em parte",
            (State::Partly, Language::English) => "partly",
            (State::Not, Language::Portuguese) => "não provado",
            (State::Not, Language::English) => "not proven",
            (State::Customer, Language::Portuguese) => "dever do cliente",
            (State::Customer, Language::English) => "customer's duty",
        }
    }

    fn verdict(&self, verdict: &Verdict) -> &'static str {
        match (verdict, self.language) {
            (Verdict::Proven, _) => "✓",
            (Verdict::Refuted, _) => "✗",
            (Verdict::NotProven, _) => "?",
        }
    }
}

/// The page.
///
/// # Errors
/// A template that failed: a defect.
pub fn page(evidence: &Evidence, language: Language) -> Result<String, String> {
    Page { evidence, language }.render().map_err(|error| error.to_string())
}
