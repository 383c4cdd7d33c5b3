//! Validation at the FHIR door: what is written is valid, or is kept with a tag that says that it is not; and `$validate`.

use aroeira_fhir::Resource;
use aroeira_fhir::validate::{Issue, Options, Reason, Severity, validate};
use serde_json::{Value, json};

use super::profiles::Profiles;
use crate::access::{Action, Fields, Grant};
use crate::desk::parse;
use crate::error::Field;
use crate::{Desk, Error, Result};

/// The tag of what was kept although it is not valid.
const TAG_SYSTEM: &str = "urn:aroeira:fhir:validation";
const TAG_CODE: &str = "lenient";

/// So many values are validated where the request is; more of them beside the threads that answer requests.
const FEW: usize = 5_000;

/// What becomes of a resource that is not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Validation {
    /// It is refused, with everything that is wrong.
    #[default]
    Strict,
    /// It is kept, with a tag in `meta.tag` (`urn:aroeira:fhir:validation|lenient`).
    Lenient,
}

/// What a resource is validated for (`$validate`, parameter `mode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValidateMode {
    /// To be made.
    Create,
    /// To be the next version of the one there is.
    Update,
    /// Whether the one there is may be deleted: what it holds does not matter then.
    Delete,
    /// Against the profiles that are named.
    Profile,
}

impl ValidateMode {
    /// As the parameter says it.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        match text {
            "create" => Some(Self::Create),
            "update" => Some(Self::Update),
            "delete" => Some(Self::Delete),
            "profile" => Some(Self::Profile),
            _ => None,
        }
    }
}

/// How `$validate` is asked.
#[derive(Debug, Clone, Default)]
pub struct Validate {
    /// What for.
    pub mode: Option<ValidateMode>,
    /// Canonical URLs of profiles, beside those the resource claims.
    pub profiles: Vec<String>,
}

/// One thing that `$validate` found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Where and what.
    pub field: Field,
}

/// What was found of a resource that is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is valid as far as its writer sees it.
    Valid,
    /// It is not, and is kept all the same.
    Imperfect,
}

impl Verdict {
    /// Says in `meta.tag` what was found. Whoever does not see all takes no tag away: they cannot know that all is well.
    pub(super) fn tag(self, resource: &mut Resource, grant: &Grant) {
        let tagged = is_tagged(resource);
        match self {
            Verdict::Imperfect if !tagged => add_tag(resource),
            Verdict::Valid if tagged && grant.sees_all() => remove_tag(resource, ours),
            _ => {}
        }
    }
}

fn ours(tag: &Value) -> bool {
    tag["system"] == TAG_SYSTEM && tag["code"] == TAG_CODE
}

/// Whether it was kept although it is not valid.
pub(super) fn is_tagged(resource: &Resource) -> bool {
    let tags = resource.get("meta").and_then(|meta| meta.get("tag")).and_then(Value::as_array);
    tags.is_some_and(|tags| tags.iter().any(ours))
}

fn add_tag(resource: &mut Resource) {
    let tag = json!({ "system": TAG_SYSTEM, "code": TAG_CODE });
    let Some(Value::Object(meta)) = resource.get_mut("meta") else {
        resource.insert("meta", json!({ "tag": [tag] }));
        return;
    };
    match meta.get_mut("tag") {
        Some(Value::Array(tags)) => tags.push(tag),
        // What is no array cannot hold it, and is one of the things that are wrong.
        Some(other) => *other = json!([tag]),
        None => {
            meta.insert("tag".to_owned(), json!([tag]));
        }
    }
}

fn remove_tag(resource: &mut Resource, ours: impl Fn(&Value) -> bool) {
    let Some(Value::Object(meta)) = resource.get_mut("meta") else { return };
    let Some(Value::Array(tags)) = meta.get_mut("tag") else { return };
    tags.retain(|tag| !ours(tag));
    if tags.is_empty() {
        meta.shift_remove("tag");
    }
    if meta.is_empty() {
        resource.remove("meta");
    }
}

impl Desk {
    /// The same desk, with another way to treat what is not valid. It holds for what comes as FHIR alone: what the pages
    /// and `/api` write is built here.
    #[must_use]
    pub fn validating(mut self, validation: Validation) -> Self {
        self.validation = validation;
        self
    }

    /// Validates what is to be written. A large resource is looked at beside the threads that answer requests.
    pub(super) async fn validated(&self, mut resource: Resource, grant: &Grant) -> Result<(Resource, Verdict)> {
        let mut left = FEW;
        if resource.as_value().values().all(|value| is_small(value, &mut left)) {
            let verdict = self.judge(&mut resource, grant, &Profiles::of(self))?;
            return Ok((resource, verdict));
        }
        let (desk, grant) = (self.clone(), *grant);
        let judged = tokio::task::spawn_blocking(move || {
            let verdict = desk.judge(&mut resource, &grant, &Profiles::of(&desk))?;
            Ok((resource, verdict))
        });
        judged.await.map_err(|e| Error::Internal(format!("a validation ended: {e}")))?
    }

    /// Whether a resource may be written, as far as its writer sees it.
    pub(super) fn judge(&self, resource: &mut Resource, grant: &Grant, profiles: &Profiles<'_>) -> Result<Verdict> {
        let issues = self.issues(resource, grant, profiles, None)?;
        if issues.is_empty() {
            return Ok(Verdict::Valid);
        }
        match self.validation {
            Validation::Lenient => Ok(Verdict::Imperfect),
            Validation::Strict => Err(Error::Invalid(issues.into_iter().map(field).collect())),
        }
    }

    /// What is found of a resource that its reader or writer may know of: errors, and where `$validate` asks warnings too.
    fn issues(
        &self,
        resource: &mut Resource,
        grant: &Grant,
        profiles: &Profiles<'_>,
        asked: Option<&Validate>,
    ) -> Result<Vec<Issue>> {
        let find = |url: &str| profiles.find(url);
        let mut options = Options { profiles: &find, warnings: asked.is_some(), ..Options::new(self.now()) };
        options.asked = asked.map_or(&[], |asked| &asked.profiles);
        let kind = resource.kind().to_owned();
        let mut issues = resource.as_json(|value| validate(value, &options));
        profiles.failed()?;
        if let Fields::Only(allowed) = grant.fields {
            issues.retain(|issue| is_visible(issue, &kind, allowed));
        }
        Ok(issues)
    }

    /// `$validate` of a resource that was sent, perhaps to take the place of the one with this id: everything that is
    /// found, the clinic's own rules of a document among it. Nothing is stored, and nothing stored is looked at.
    ///
    /// # Errors
    /// `Denied`; `Invalid` for another type or id than asked for, or a mode that asks for more.
    pub async fn fhir_validate(
        &self,
        kind: &str,
        id: Option<&str>,
        mut resource: Resource,
        asked: &Validate,
    ) -> Result<Vec<Finding>> {
        let grant = self.authorise_fhir(Action::Read, kind).await?;
        if resource.kind() != kind {
            return Err(Error::field("resourceType", "reference"));
        }
        check_asked(asked)?;
        if id.is_some() && asked.mode != Some(ValidateMode::Create) && resource.id() != id {
            return Err(Error::field("id", "reference"));
        }
        if asked.mode == Some(ValidateMode::Delete) {
            return Ok(Vec::new());
        }
        let (desk, asked) = (self.clone(), asked.clone());
        let found = tokio::task::spawn_blocking(move || {
            let issues = desk.issues(&mut resource, &grant, &Profiles::of(&desk), Some(&asked))?;
            let issues = issues.into_iter().map(|issue| Finding { severity: issue.severity, field: field(issue) });
            let mut findings: Vec<Finding> = issues.collect();
            let document = resource.kind() == "Patient";
            let rules = if document { crate::patients::document_problems(&resource) } else { Vec::new() };
            for rule in rules {
                if findings.iter().all(|found| found.field.path != rule.path) {
                    findings.push(Finding { severity: Severity::Error, field: rule });
                }
            }
            Ok(findings)
        });
        found.await.map_err(|e| Error::Internal(format!("a validation ended: {e}")))?
    }

    /// `$validate` of what is stored, as this actor sees it. It is a read, and journalled as one.
    ///
    /// # Errors
    /// As [`Desk::fhir_read`] and [`Desk::fhir_validate`].
    pub async fn fhir_validate_stored(&self, kind: &str, id: &str, asked: &Validate) -> Result<Vec<Finding>> {
        check_asked(asked)?;
        let served = self.fhir_read(kind, id).await?;
        self.fhir_validate(kind, Some(id), parse(&served.bytes)?, asked).await
    }
}

fn check_asked(asked: &Validate) -> Result<()> {
    let nowhere = asked.mode == Some(ValidateMode::Profile) && asked.profiles.is_empty();
    if nowhere { Err(Error::field("profile", "required")) } else { Ok(()) }
}

fn field(issue: Issue) -> Field {
    let field = Field::new(issue.path, issue.reason.name());
    if issue.detail.is_empty() { field } else { field.expecting(issue.detail) }
}

/// Whether an issue speaks of what a role sees. It sees a part, and what holds of the whole is not for it to say.
fn is_visible(issue: &Issue, kind: &str, allowed: &[&str]) -> bool {
    let below = issue.path.strip_prefix(kind).unwrap_or_default();
    let Some(below) = below.strip_prefix('.') else {
        return issue.reason == Reason::Required && allowed.contains(&issue.detail.as_str());
    };
    let element = below.split(['.', '[']).next().unwrap_or_default();
    let is = |name: &&str| {
        name.strip_prefix(element)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_uppercase()))
    };
    element == "id" || element == "meta" || allowed.iter().any(is)
}

/// Whether there are only few values in it; `left` is how many may still come.
fn is_small(value: &Value, left: &mut usize) -> bool {
    let Some(rest) = left.checked_sub(1) else { return false };
    *left = rest;
    match value {
        Value::Array(items) => items.iter().all(|item| is_small(item, left)),
        Value::Object(map) => map.values().all(|value| is_small(value, left)),
        _ => true,
    }
}
