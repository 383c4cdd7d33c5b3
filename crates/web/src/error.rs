//! From what went wrong to what a caller is told: status, code and words. The gate renders it as problem+json, as an
//! OperationOutcome or as a page, so that a handler only says what went wrong.

use std::sync::Arc;

use aroeira_clinic::{Conflict, Error, Field, Refusal};
use aroeira_fhir::validate::Reason;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::language::Language;

pub(crate) mod problem;

/// What a handler answers when it cannot do what it was asked.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The clinic said no.
    Clinic(Error),
    /// No such route (404).
    NoRoute,
    /// A route, but not for this method (405).
    Method,
    /// Only JSON is spoken (406).
    NotAcceptable,
    /// It took too long (408).
    Timeout,
    /// The body is larger than allowed (413).
    TooLarge,
    /// The body is not of a type this route reads (415).
    MediaType,
    /// More headers than allowed (431).
    Headers,
    /// Parameters of a search that cannot be read (400).
    Search(Vec<Field>),
    /// A resource type that is none of R4 (404).
    NoSuchType,
    /// A handler panicked (500).
    Panicked,
}

/// What a handler answers.
pub(crate) type Answer<T = Response> = Result<T, Fault>;

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Clinic(error)
    }
}

/// Carried by a response from a handler to the gate, which knows the language and how to render it.
#[derive(Clone)]
pub(crate) struct Raised(pub(crate) Arc<Fault>);

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Raised(Arc::new(self)));
        response
    }
}

/// The words for what went wrong. None of them repeats a value that was sent.
#[derive(Debug)]
pub(crate) struct Texts {
    /// Stable: `urn:aroeira:problem:<code>`.
    pub(crate) code: &'static str,
    /// What kind of thing went wrong.
    pub(crate) title: String,
    /// What it means here, and what to do.
    pub(crate) detail: String,
    /// One for each wrong field: where and what.
    pub(crate) fields: Vec<(String, String)>,
}

impl Fault {
    /// The status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Clinic(error) => page_status(error),
            Self::NoRoute | Self::NoSuchType => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Headers => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            // Half an answer would look like a whole one: it is refused until there is a whole one.
            Self::Search(fields) if fields.iter().any(|field| field.code == "search.indexing") => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Search(_) => StatusCode::BAD_REQUEST,
            Self::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The stable code of the problem.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Clinic(error) => code(error),
            Self::NoRoute => "no-route",
            Self::Method => "method",
            Self::NotAcceptable => "not-acceptable",
            Self::Timeout => "timeout",
            Self::TooLarge => "too-large",
            Self::MediaType => "media-type",
            Self::Headers => "headers",
            Self::Search(_) => "invalid",
            Self::NoSuchType => "no-such-type",
            Self::Panicked => "internal",
        }
    }

    /// The words, in a language.
    pub(crate) fn texts(&self, language: Language) -> Texts {
        match self {
            Self::Clinic(error) => texts(error, language),
            Self::Search(fields) => texts(&Error::Invalid(fields.clone()), language),
            _ => plain(self.code(), language),
        }
    }
}

/// The status of an error, on pages as in the API.
pub(crate) fn page_status(error: &Error) -> StatusCode {
    match error {
        Error::NotFound => StatusCode::NOT_FOUND,
        Error::Gone => StatusCode::GONE,
        Error::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
        Error::Denied(_) => StatusCode::FORBIDDEN,
        Error::Conflict(Conflict::Stale { .. } | Conflict::Exists | Conflict::Several) => {
            StatusCode::PRECONDITION_FAILED
        }
        Error::Conflict(Conflict::Version { .. } | Conflict::Duplicate { .. } | Conflict::NotDeleted) => {
            StatusCode::CONFLICT
        }
        Error::Conflict(Conflict::PreconditionRequired) => StatusCode::PRECONDITION_REQUIRED,
        Error::Conflict(Conflict::IdempotencyKey) | Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Malformed(_) => StatusCode::BAD_REQUEST,
        Error::Limited { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn code(error: &Error) -> &'static str {
    match error {
        Error::NotFound => "not-found",
        Error::Gone => "gone",
        Error::Unauthenticated(refusal) | Error::Denied(refusal) => refusal_code(*refusal),
        Error::Conflict(conflict) => conflict_code(conflict),
        Error::Malformed(_) => "malformed",
        Error::Invalid(_) => "invalid",
        Error::Limited { .. } => "limited",
        Error::Unavailable(_) => "unavailable",
        Error::Internal(_) => "internal",
    }
}

fn refusal_code(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::NoSession => "no-session",
        Refusal::Credentials => "credentials",
        Refusal::OtpRequired => "otp-required",
        Refusal::OtpWrong => "otp-wrong",
        Refusal::Locked => "locked",
        Refusal::ScreenLocked => "screen-locked",
        Refusal::MustChangePassword => "must-change-password",
        Refusal::MustAcceptTerms => "must-accept-terms",
        Refusal::Role => "role",
        Refusal::HiddenField => "hidden-field",
        Refusal::NotAuthor => "not-author",
        Refusal::NotInCare => "not-in-care",
        Refusal::OtherPatient => "other-patient",
        Refusal::OwnAccount => "own-account",
        Refusal::LastAdministrator => "last-administrator",
        Refusal::Forgery => "forgery",
    }
}

fn conflict_code(conflict: &Conflict) -> &'static str {
    match conflict {
        Conflict::Stale { .. } => "stale",
        Conflict::Version { .. } => "version",
        Conflict::PreconditionRequired => "precondition-required",
        Conflict::Duplicate { .. } => "duplicate",
        Conflict::Exists => "exists",
        Conflict::Several => "several",
        Conflict::IdempotencyKey => "idempotency-key",
        Conflict::NotDeleted => "not-deleted",
    }
}

/// The words for an error of the clinic, for the API and for pages alike.
pub(crate) fn texts(error: &Error, language: Language) -> Texts {
    let mut texts = plain(code(error), language);
    match error {
        // Line and column of the body, never its content.
        Error::Malformed(place) => texts.detail = format!("{} ({place})", texts.detail),
        Error::Invalid(fields) => {
            texts.fields = fields.iter().map(|field| (field.path.clone(), field_text(field, language))).collect();
        }
        Error::Conflict(Conflict::Duplicate { field }) => {
            texts.fields = vec![((*field).to_owned(), field_text(&Field::new(*field, "duplicate"), language))];
        }
        _ => {}
    }
    texts
}

fn plain(code: &'static str, language: Language) -> Texts {
    Texts {
        code,
        title: language.text(&format!("error-{code}")),
        detail: language.text(&format!("error-{code}-detail")),
        fields: Vec::new(),
    }
}

/// Every code a field can have; others get the words of `other`.
const FIELD_CODES: &[&str] = &[
    "required",
    "unknown",
    "type.string",
    "type.array",
    "type.object",
    "type.integer",
    "type.boolean",
    "type.number",
    "one-of",
    "date",
    "instant",
    "date.future",
    "too-long",
    "too-short",
    "too-many",
    "empty",
    "control-characters",
    "cpf",
    "cns",
    "email",
    "phone",
    "patient.unknown",
    "user.unknown",
    "reference",
    "masked",
    "masked.items",
    "relative-limit",
    "password.rules",
    "password.reused",
    "code",
    "slug",
    "uri",
    "cursor",
    "limit",
    "sort",
    "query",
    "duplicate",
    "fhir",
    "reason.required",
    "council",
    "postal-code",
    "state",
    "birth-date",
    "version",
    "idempotency-key",
    "repeated",
    "otp",
    "search.unknown",
    "search.modifier",
    "search.value",
    "search.unsupported",
    "search.chain",
    "search.limit",
    "search.indexing",
    "search.work",
    "search.query",
    "terminology.unheld",
    "terminology.work",
];

/// The words for one wrong field.
pub(crate) fn field_text(field: &Field, language: Language) -> String {
    let expected = field.expected.as_deref().unwrap_or_default();
    // FHIR's own findings come with their text, which never repeats a value.
    if field.code == "fhir" && !expected.is_empty() {
        return expected.to_owned();
    }
    let code = if is_field_code(field.code) { field.code } else { "other" };
    let mut key = format!("error-field-{}", code.replace('.', "-"));
    if !expected.is_empty() && expects(code) {
        key.push_str("-expected");
    }
    language.text_with(&key, &[("expected", expected)])
}

fn is_field_code(code: &str) -> bool {
    FIELD_CODES.contains(&code) || Reason::named(code).is_some()
}

/// Whether a code has other words when it is known what would be right.
fn expects(code: &str) -> bool {
    EXPECTING.contains(&code) || Reason::named(code).is_some_and(Reason::has_detail)
}

/// Codes with other words when it is known what would be right.
const EXPECTING: &[&str] = &[
    "one-of",
    "too-long",
    "too-short",
    "too-many",
    "limit",
    "sort",
    "date.future",
    "search.unknown",
    "search.modifier",
    "search.value",
    "search.unsupported",
    "search.chain",
    "search.limit",
    "search.indexing",
    "terminology.unheld",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn errors() -> Vec<Error> {
        use Refusal as R;
        let refusals = [
            R::NoSession,
            R::Credentials,
            R::OtpRequired,
            R::OtpWrong,
            R::Locked,
            R::ScreenLocked,
            R::MustChangePassword,
            R::MustAcceptTerms,
            R::Role,
            R::HiddenField,
            R::NotAuthor,
            R::NotInCare,
            R::OtherPatient,
            R::OwnAccount,
            R::LastAdministrator,
            R::Forgery,
        ];
        let conflicts = [
            Conflict::Stale { current: 2 },
            Conflict::Version { current: 2 },
            Conflict::PreconditionRequired,
            Conflict::Duplicate { field: "cpf" },
            Conflict::Exists,
            Conflict::IdempotencyKey,
            Conflict::NotDeleted,
        ];
        let mut errors: Vec<Error> = refusals.into_iter().map(Error::Denied).collect();
        errors.extend(conflicts.into_iter().map(Error::Conflict));
        errors.extend([
            Error::NotFound,
            Error::Gone,
            Error::Malformed("line 1, column 2".into()),
            Error::Invalid(Vec::new()),
            Error::Limited { retry_after: 1 },
            Error::Unavailable("closed".into()),
            Error::Internal("disk".into()),
        ]);
        errors
    }

    #[test]
    fn every_code_has_words_in_both_languages() {
        let faults = [
            Fault::NoRoute,
            Fault::Method,
            Fault::NotAcceptable,
            Fault::Timeout,
            Fault::TooLarge,
            Fault::MediaType,
            Fault::Headers,
            Fault::NoSuchType,
            Fault::Panicked,
        ];
        let codes = faults.iter().map(Fault::code).chain(errors().iter().map(code).collect::<Vec<_>>());
        let mut keys: Vec<String> =
            codes.flat_map(|code| [format!("error-{code}"), format!("error-{code}-detail")]).collect();
        keys.extend(FIELD_CODES.iter().chain(&["other"]).map(|code| format!("error-field-{}", code.replace('.', "-"))));
        keys.extend(EXPECTING.iter().map(|code| format!("error-field-{}-expected", code.replace('.', "-"))));
        for reason in Reason::ALL {
            let key = format!("error-field-{}", reason.name().replace('.', "-"));
            keys.extend(reason.has_detail().then(|| format!("{key}-expected")));
            keys.push(key);
        }
        for key in keys {
            assert!(Language::PtBr.has(&key), "no pt-BR for {key}");
            assert!(Language::En.has(&key), "no en for {key}");
        }
    }

    #[test]
    fn the_operators_text_is_told_to_nobody() {
        let secret = "/dev/disk at 0x12";
        for language in [Language::PtBr, Language::En] {
            let told = format!("{:?}", texts(&Error::Internal(secret.into()), language));
            assert!(!told.contains(secret));
            let told = format!("{:?}", texts(&Error::Unavailable(secret.into()), language));
            assert!(!told.contains(secret));
        }
    }

    #[test]
    fn a_field_says_what_would_be_right() {
        let field = Field::new("priority", "one-of").expecting("CRITICAL, HIGH");
        assert!(field_text(&field, Language::En).contains("CRITICAL, HIGH"));
        assert_eq!(
            field_text(&Field::new("x", "never-heard-of"), Language::En),
            Language::En.text("error-field-other")
        );
        let fhir = Field::new("Patient.id", "fhir").expecting("an id is a string");
        assert_eq!(field_text(&fhir, Language::PtBr), "an id is a string");
    }
}
