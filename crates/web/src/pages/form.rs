//! Forms: what was posted, and the fields that are drawn again with everything typed kept and the errors beside them.

use askama::Template;
use axum::extract::{FromRequest, Request};

use crate::body;
use crate::error::{Fault, Texts};
use crate::state::App;

use super::locale::Locale;

/// Pairs as they were posted, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Form(Vec<(String, String)>);

impl FromRequest<App> for Form {
    type Rejection = Fault;

    async fn from_request(request: Request, app: &App) -> Result<Self, Fault> {
        body::Form::from_request(request, app).await.map(|body::Form(pairs)| Self(pairs))
    }
}

impl Form {
    /// The first value of a name, without blanks around it; empty where it is absent.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
    }

    /// The value of a name as it was typed: for passwords.
    pub(crate) fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// The value, where it says something.
    pub(crate) fn opt(&self, name: &str) -> Option<String> {
        Some(self.get(name).to_owned()).filter(|value| !value.is_empty())
    }

    /// Every value of a name, in order.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.trim()).collect()
    }

    /// Adds a value.
    pub(crate) fn push(&mut self, name: impl Into<String>, value: impl Into<String>) -> &mut Self {
        self.0.push((name.into(), value.into()));
        self
    }

    /// Replaces every value of a name by one.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.0.retain(|(key, _)| key != name);
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// A draft's fields: `{name: [values]}`, or a single text for a name.
    pub(crate) fn from_draft(fields: &serde_json::Value) -> Self {
        let mut form = Self::default();
        for (name, value) in fields.as_object().into_iter().flatten() {
            match value {
                serde_json::Value::Array(values) => {
                    values.iter().filter_map(|value| value.as_str()).for_each(|value| {
                        form.push(name.as_str(), value);
                    });
                }
                serde_json::Value::String(value) => {
                    form.push(name.as_str(), value.as_str());
                }
                _ => {}
            }
        }
        form
    }

    /// The fields as a draft keeps them; names that begin with `_` are the page's own.
    pub(crate) fn to_draft(&self) -> serde_json::Value {
        let mut fields = serde_json::Map::new();
        for (name, value) in self.0.iter().filter(|(name, _)| !name.starts_with('_')) {
            let list = fields.entry(name.clone()).or_insert_with(|| serde_json::Value::Array(Vec::new()));
            if let serde_json::Value::Array(list) = list {
                list.push(value.clone().into());
            }
        }
        fields.into()
    }
}

/// A form as it is drawn: values and errors.
pub(crate) struct Sheet {
    pub(crate) locale: Locale,
    pub(crate) values: Form,
    /// Path and words of each wrong field.
    pub(crate) errors: Vec<(String, String)>,
    /// What went wrong as a whole.
    pub(crate) problem: Option<String>,
}

impl Sheet {
    /// An untouched form.
    pub(crate) fn new(locale: &Locale, values: Form) -> Self {
        Self { locale: locale.clone(), values, errors: Vec::new(), problem: None }
    }

    /// A form that was refused.
    pub(crate) fn refused(locale: &Locale, values: Form, texts: Texts) -> Self {
        // The API's words name the order of FHIR; people type a day as the field shows it.
        let typed = |text: String| match ["date", "instant"]
            .iter()
            .find(|code| text == locale.t(&format!("error-field-{code}")))
        {
            Some(code) => locale.t(&format!("{code}-wrong")),
            None => text,
        };
        let errors = texts.fields.into_iter().map(|(path, text)| (path, typed(text))).collect();
        Self { locale: locale.clone(), values, errors, problem: Some(texts.detail) }
    }

    /// Whether there is anything to say above the form.
    pub(crate) fn wrong(&self) -> bool {
        self.problem.is_some()
    }

    /// The errors with the anchors and labels of their fields.
    pub(crate) fn summary(&self) -> Vec<(String, String)> {
        let told = |(path, text): &(String, String)| {
            let label = self.label(path);
            (id_of(path), if label.is_empty() { text.clone() } else { format!("{label}: {text}") })
        };
        self.errors.iter().map(told).collect()
    }

    /// What the field of a path is called on the page; nothing for one that has no field.
    fn label(&self, path: &str) -> String {
        let last = path.rsplit('.').next().unwrap_or(path).split('[').next().unwrap_or(path);
        let key = match last {
            "birthDate" => "birth",
            "socialName" => "social-name",
            "postalCode" => "cep",
            "line" => "address-line",
            "value" => "contact-value",
            "system" => "code-system",
            "display" => "code-display",
            "email" => "login-email",
            "current" => "password-current",
            "new" => "password-new",
            "again" => "password-again",
            "patientId" => "user-patient",
            known => known,
        };
        Some(self.locale.t(key)).filter(|text| text != key).unwrap_or_default()
    }

    /// The words for a wrong field.
    pub(crate) fn error(&self, path: &str) -> Option<String> {
        self.errors.iter().find(|(wrong, _)| wrong == path).map(|(_, text)| text.clone())
    }

    /// What a name says now.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.values.get(name)
    }

    /// Whether a choice is made.
    pub(crate) fn is(&self, name: &str, value: &str) -> bool {
        self.values.get(name) == value
    }

    fn field(&self, name: &str, path: &str, label: &str, value: String, shape: Shape) -> Field {
        let mut field = Field {
            id: id_of(path),
            name: name.to_owned(),
            label: self.locale.t(label),
            value,
            shape,
            error: self.error(path),
            optional: self.locale.t("optional"),
            ..Field::default()
        };
        field.refused = field.error.is_some();
        field
    }

    /// A line of text.
    pub(crate) fn text(&self, name: &str, label: &str) -> Field {
        self.field(name, name, label, self.values.get(name).to_owned(), Shape::Line("text"))
    }

    /// A password: what was typed does not come back.
    pub(crate) fn password(&self, name: &str, label: &str) -> Field {
        self.field(name, name, label, String::new(), Shape::Line("password")).required()
    }

    /// Several lines of text.
    pub(crate) fn area(&self, name: &str, label: &str) -> Field {
        self.field(name, name, label, self.values.get(name).to_owned(), Shape::Area)
    }

    /// A choice from a list of codes and their words.
    pub(crate) fn select(&self, name: &str, label: &str, options: &[(String, String)]) -> Field {
        let value = self.values.get(name).to_owned();
        self.field(name, name, label, value, Shape::Choice(options.to_vec()))
    }

    /// A field of the row `at` of a list: posted as `list.name`, wrong as `list[at].name`.
    pub(crate) fn row(&self, list: &str, at: &usize, name: &str, label: &str) -> Field {
        let posted = format!("{list}.{name}");
        let value = self.values.all(&posted).get(*at).copied().unwrap_or_default().to_owned();
        self.field(&posted, &format!("{list}[{at}].{name}"), label, value, Shape::Line("text"))
    }

    /// A choice in a row of a list.
    pub(crate) fn row_select(
        &self,
        list: &str,
        at: &usize,
        name: &str,
        label: &str,
        options: &[(String, String)],
    ) -> Field {
        Field { shape: Shape::Choice(options.to_vec()), ..self.row(list, at, name, label) }
    }

    /// How many rows a list has, by one of its fields.
    pub(crate) fn rows(&self, counted: &str) -> std::ops::Range<usize> {
        0..self.values.all(counted).len()
    }
}

/// The anchor of a field: `codes[0].code` is `f-codes-0-code`.
pub(crate) fn id_of(path: &str) -> String {
    let plain = path.replace(']', "");
    format!("f-{}", plain.replace(|sign: char| !sign.is_ascii_alphanumeric(), "-"))
}

#[derive(Debug, Clone)]
enum Shape {
    Line(&'static str),
    Area,
    Choice(Vec<(String, String)>),
}

/// One field with its label, hint and error. Drawn by `{{ sheet.text(..)|safe }}`.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/field.html")]
pub(crate) struct Field {
    id: String,
    name: String,
    label: String,
    value: String,
    shape: Shape,
    hint: Option<String>,
    error: Option<String>,
    optional: String,
    required: bool,
    plain: bool,
    refused: bool,
    width: &'static str,
    mask: Option<&'static str>,
    autocomplete: &'static str,
    mode: &'static str,
    extra: &'static str,
    placeholder: String,
    rows: u8,
    max: u32,
}

impl Default for Field {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            label: String::new(),
            value: String::new(),
            shape: Shape::Area,
            hint: None,
            error: None,
            optional: String::new(),
            required: false,
            plain: false,
            refused: false,
            width: "",
            mask: None,
            autocomplete: "off",
            mode: "",
            extra: "",
            placeholder: String::new(),
            rows: 4,
            max: 0,
        }
    }
}

impl Field {
    /// Must be filled: shown by not saying "optional".
    pub(crate) fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Neither required nor marked as optional: filters and rows.
    pub(crate) fn plain(mut self) -> Self {
        self.plain = true;
        self
    }

    /// Columns of the grid: `w3`, `w4` ...
    pub(crate) fn wide(mut self, width: &'static str) -> Self {
        self.width = width;
        self
    }

    /// Text below the label.
    pub(crate) fn hint(mut self, text: impl Into<String>) -> Self {
        self.hint = Some(text.into());
        self
    }

    /// Formats while typing: cpf, cns, phone, cep, date.
    pub(crate) fn mask(mut self, mask: &'static str) -> Self {
        self.mask = Some(mask);
        self.mode = "numeric";
        self
    }

    /// What browsers may fill in.
    pub(crate) fn autocomplete(mut self, value: &'static str) -> Self {
        self.autocomplete = value;
        self
    }

    /// Another kind of input: email, time ...
    pub(crate) fn kind(mut self, kind: &'static str) -> Self {
        self.shape = Shape::Line(kind);
        self
    }

    /// The greatest number of characters.
    pub(crate) fn most(mut self, max: u32) -> Self {
        self.max = max;
        self
    }

    /// Lines of an area.
    pub(crate) fn lines(mut self, rows: u8) -> Self {
        self.rows = rows;
        self
    }

    /// Attributes of ours, written as they are: never anything from outside.
    pub(crate) fn with(mut self, attributes: &'static str) -> Self {
        self.extra = attributes;
        self
    }

    /// An example inside the empty field.
    pub(crate) fn like(mut self, text: impl Into<String>) -> Self {
        self.placeholder = text.into();
        self
    }

    /// The value alone, for a hidden field.
    pub(crate) fn raw_value(&self) -> &str {
        &self.value
    }

    fn described(&self) -> String {
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.id));
        let error = self.error.as_ref().map(|_| format!("{}-error", self.id));
        let live = self.live().then(|| format!("{}-live", self.id));
        [hint, error, live].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// Whether check digits are looked at while typing.
    fn live(&self) -> bool {
        matches!(self.mask, Some("cpf" | "cns"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    fn form(pairs: &[(&str, &str)]) -> Form {
        let mut form = Form::default();
        pairs.iter().for_each(|(name, value)| {
            form.push(*name, *value);
        });
        form
    }

    #[test]
    fn what_was_typed_comes_back_with_the_error_beside_it() {
        let locale = super::super::locale::sample(Language::PtBr);
        let texts = Texts {
            code: "invalid",
            title: String::new(),
            detail: "d".into(),
            fields: vec![("name".into(), "errado".into())],
        };
        let sheet = Sheet::refused(&locale, form(&[("name", "<b>Ana</b>")]), texts);
        let html = sheet.text("name", "patient-name").required().render().unwrap();
        assert!(html.contains("value=\"&#60;b&#62;Ana&#60;/b&#62;\""), "{html}");
        assert!(
            html.contains("aria-invalid=\"true\"") && html.contains("id=\"f-name-error\"") && html.contains("errado")
        );
        assert_eq!(sheet.summary()[0].0, "f-name");
        let password = sheet.password("name", "password").render().unwrap();
        assert!(!password.contains("Ana"));
    }

    #[test]
    fn a_wrong_day_is_explained_as_it_is_typed() {
        for language in [Language::PtBr, Language::En] {
            let locale = super::super::locale::sample(language);
            let wrong = |code| crate::error::field_text(&aroeira_clinic::Field::new("date", code), language);
            for code in ["date", "instant"] {
                let fields = vec![("date".into(), wrong(code))];
                let texts = Texts { code: "invalid", title: String::new(), detail: "d".into(), fields };
                let told = Sheet::refused(&locale, Form::default(), texts).error("date").unwrap();
                assert!(told.contains("dd/mm") && !told.contains('-'), "{told}");
            }
        }
    }

    #[test]
    fn rows_are_told_apart_by_their_place() {
        let locale = super::super::locale::sample(Language::PtBr);
        let mut sheet = Sheet::new(&locale, form(&[("codes.code", "I10"), ("codes.code", "E11")]));
        sheet.errors = vec![("codes[1].code".into(), "x".into())];
        assert_eq!(sheet.rows("codes.code"), 0..2);
        let second = sheet.row("codes", &1, "code", "code").render().unwrap();
        assert!(second.contains("id=\"f-codes-1-code\"") && second.contains("E11") && second.contains("aria-invalid"));
    }

    #[test]
    fn a_draft_goes_there_and_back() {
        let kept = form(&[("title", "a"), ("codes.code", "I10"), ("codes.code", ""), ("_csrf", "s")]).to_draft();
        assert_eq!(kept, serde_json::json!({"title": ["a"], "codes.code": ["I10", ""]}));
        assert_eq!(Form::from_draft(&kept).all("codes.code"), ["I10", ""]);
    }
}
