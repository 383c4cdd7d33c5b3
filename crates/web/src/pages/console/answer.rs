//! What a call was answered, made readable: status and time, what was understood, the plan, the resources, or the issues
//! of an `OperationOutcome`.

use std::time::Duration;

use aroeira_clinic::Plan;
use http::header;
use serde_json::Value;

use crate::fhir::console::Tried;
use crate::fhir::search::Told;
use crate::language::Language;

use super::super::locale::Locale;

/// Characters of a resource that are drawn.
const LONGEST: usize = 12_000;
/// Characters of all resources of a page together.
const LONGEST_PAGE: usize = 240_000;
/// Headers that an integration goes by.
const HEADERS: [&str; 6] = ["content-type", "etag", "last-modified", "lgpd-masked", "x-total-count", "retry-after"];

/// An answer as it is drawn.
pub(in crate::pages) struct Shown {
    pub(in crate::pages) call: String,
    pub(in crate::pages) status: u16,
    pub(in crate::pages) reason: &'static str,
    pub(in crate::pages) tone: &'static str,
    pub(in crate::pages) took: String,
    pub(in crate::pages) size: String,
    pub(in crate::pages) total: Option<String>,
    pub(in crate::pages) headers: Vec<(String, String)>,
    pub(in crate::pages) understood: Vec<String>,
    pub(in crate::pages) ignored: Vec<String>,
    /// More would go with the matches than a page holds.
    pub(in crate::pages) cut: bool,
    pub(in crate::pages) plan: Option<Planned>,
    pub(in crate::pages) issues: Vec<Issue>,
    pub(in crate::pages) rows: Vec<Row>,
    /// How many of them go with others.
    pub(in crate::pages) beside: usize,
    /// What is neither a resource nor a bundle.
    pub(in crate::pages) plain: Option<Text>,
    /// The cursor of the next page.
    pub(in crate::pages) next: Option<String>,
}

/// How a search was done, in words.
pub(in crate::pages) struct Planned {
    /// What was gone through.
    pub(in crate::pages) driver: String,
    pub(in crate::pages) looked_at: String,
    pub(in crate::pages) took: Option<String>,
    pub(in crate::pages) conditions: Vec<Condition>,
    /// Way and counts are kept back: they would tell of others' charts.
    pub(in crate::pages) covered: bool,
}

/// A condition of a search.
pub(in crate::pages) struct Condition {
    pub(in crate::pages) name: String,
    pub(in crate::pages) rows: String,
    /// Its rows were gone through; those of the others were asked of each.
    pub(in crate::pages) drives: bool,
}

/// Something that went wrong, or that is to be known.
pub(in crate::pages) struct Issue {
    pub(in crate::pages) tone: &'static str,
    pub(in crate::pages) icon: &'static str,
    pub(in crate::pages) severity: String,
    pub(in crate::pages) code: String,
    pub(in crate::pages) text: String,
    pub(in crate::pages) detail: String,
    pub(in crate::pages) places: Vec<String>,
}

/// A resource of an answer.
pub(in crate::pages) struct Row {
    /// `Patient/a`.
    pub(in crate::pages) name: String,
    /// Version, and what was done in a history.
    pub(in crate::pages) marks: Vec<String>,
    /// Goes with a match.
    pub(in crate::pages) beside: bool,
    pub(in crate::pages) text: Option<Text>,
}

/// A text, as much of it as is drawn.
pub(in crate::pages) struct Text {
    pub(in crate::pages) text: String,
    pub(in crate::pages) left_out: Option<String>,
}

impl Shown {
    pub(in crate::pages) fn new(locale: &Locale, call: &str, tried: &Tried) -> Self {
        let body: Option<Value> = serde_json::from_slice(&tried.body).ok();
        let kind = body.as_ref().map(|body| body["resourceType"].as_str().unwrap_or_default().to_owned());
        let named = HEADERS.iter().filter_map(|name| {
            let value = tried.headers.get(*name)?.to_str().ok()?;
            Some((canonical(name), value.to_owned()))
        });
        let status = tried.status;
        let mut shown = Self {
            call: format!("GET /fhir{call}"),
            status: status.as_u16(),
            reason: status.canonical_reason().unwrap_or_default(),
            tone: if status.is_success() { "ok" } else { "warn" },
            took: millis(locale, tried.took),
            size: locale.tw("console-bytes", "n", &locale.number(tried.body.len() as u64)),
            total: None,
            headers: named.collect(),
            understood: Vec::new(),
            ignored: Vec::new(),
            cut: false,
            plan: None,
            issues: Vec::new(),
            rows: Vec::new(),
            beside: 0,
            plain: None,
            next: None,
        };
        if let Some(told) = &tried.told {
            shown.tell(locale, told);
        }
        match (kind.as_deref(), body) {
            (Some("OperationOutcome"), Some(outcome)) => shown.issues = issues(locale, &outcome),
            (Some("Bundle"), Some(bundle)) if is_answer(&bundle) => shown.list(locale, &bundle),
            (Some(kind), Some(resource)) if !kind.is_empty() => {
                let mut left = LONGEST_PAGE;
                shown.rows.push(Row::new(locale, &resource, &Value::Null, &mut left));
            }
            _ if tried.body.is_empty() => {}
            _ => shown.plain = Some(Text::new(locale, &String::from_utf8_lossy(&tried.body), LONGEST_PAGE)),
        }
        shown
    }

    fn tell(&mut self, locale: &Locale, told: &Told) {
        self.understood = told.understood.iter().map(|(name, value)| format!("{name}={value}")).collect();
        self.ignored.clone_from(&told.ignored);
        self.cut = told.cut;
        self.plan = told.plan.as_ref().map(|plan| Planned::new(locale, plan));
    }

    fn list(&mut self, locale: &Locale, bundle: &Value) {
        self.total = bundle["total"].as_u64().map(|total| locale.number(total));
        let links = bundle["link"].as_array().into_iter().flatten();
        let next = links.filter(|link| link["relation"] == "next").find_map(|link| link["url"].as_str());
        self.next = next.and_then(cursor);
        let mut left = LONGEST_PAGE;
        for entry in bundle["entry"].as_array().into_iter().flatten() {
            // What it says stands above the rows already, in the reader's language.
            if entry["search"]["mode"] != "outcome" {
                self.rows.push(Row::new(locale, &entry["resource"], entry, &mut left));
            }
        }
        self.beside = self.rows.iter().filter(|row| row.beside).count();
    }
}

impl Planned {
    fn new(locale: &Locale, plan: &Plan) -> Self {
        let covered = plan.looked_at.is_none();
        let fewest = plan
            .conditions
            .iter()
            .enumerate()
            .filter(|(_, one)| Some(&one.name) == plan.driver.as_ref())
            .min_by_key(|(_, one)| one.rows.unwrap_or(u64::MAX));
        let drives = fewest.map(|(at, _)| at);
        let conditions = plan.conditions.iter().enumerate().map(|(at, one)| Condition {
            name: one.name.clone(),
            rows: match one.rows {
                Some(rows) if one.more => locale.tw("console-rows-more", "n", &locale.number(rows)),
                Some(rows) => locale.number(rows),
                None if covered => locale.t("console-rows-covered"),
                None => locale.t("console-rows-none"),
            },
            drives: drives == Some(at),
        });
        Self {
            driver: match plan.driver.as_deref() {
                None if covered => locale.t("console-covered"),
                None => locale.t("console-driver-none"),
                Some(name) => locale.tw("console-driver-named", "name", name),
            },
            looked_at: plan.looked_at.map_or_else(|| locale.t("console-rows-covered"), |rows| locale.number(rows)),
            // So finely measured it would tell of others' rows as well.
            took: (!covered).then(|| millis(locale, plan.took)),
            conditions: conditions.collect(),
            covered,
        }
    }
}

impl Row {
    /// `entry` is what it stands in, where that is a bundle.
    fn new(locale: &Locale, resource: &Value, entry: &Value, left: &mut usize) -> Self {
        let part = |key: &str| resource[key].as_str();
        let told = |pointer: &str| entry.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        // A deletion in a history has no resource.
        let name = match (part("resourceType"), part("id")) {
            (Some(kind), Some(id)) => format!("{kind}/{id}"),
            (Some(kind), None) => kind.to_owned(),
            _ => told("/request/url").to_owned(),
        };
        let stands = resource["meta"]["versionId"].as_str().map(str::to_owned);
        let version = stands.or_else(|| told("/response/etag").split('"').nth(1).map(str::to_owned));
        let updated = resource["meta"]["lastUpdated"].as_str().unwrap_or_else(|| told("/response/lastModified"));
        let marks = [
            Some(told("/request/method").to_owned()),
            version.map(|version| format!("v{version}")),
            Some(locale.when_text(updated).exact),
        ];
        let text = (!resource.is_null()).then(|| {
            let pretty = serde_json::to_string_pretty(resource).unwrap_or_default();
            let text = Text::new(locale, &pretty, LONGEST.min(*left));
            *left -= text.text.len().min(*left);
            text
        });
        Self {
            name,
            marks: marks.into_iter().flatten().filter(|mark| !mark.is_empty()).collect(),
            beside: entry["search"]["mode"] == "include",
            text,
        }
    }
}

impl Text {
    /// Whole lines, as many as `most` bytes hold.
    fn new(locale: &Locale, text: &str, most: usize) -> Self {
        if text.len() <= most {
            return Self { text: text.to_owned(), left_out: None };
        }
        let edge = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        let kept = text[..edge].rfind('\n').unwrap_or(edge);
        let rest = locale.number((text.len() - kept) as u64);
        Self { text: text[..kept].to_owned(), left_out: Some(locale.tw("console-cut", "n", &rest)) }
    }
}

/// Whether the entries of a bundle are those of an answer; a stored bundle is a resource like others.
fn is_answer(bundle: &Value) -> bool {
    matches!(bundle["type"].as_str(), Some("searchset" | "history")) && bundle.get("link").is_some()
}

/// The cursor in the URL of a link.
fn cursor(url: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix("_cursor=")).map(str::to_owned)
}

fn issues(locale: &Locale, outcome: &Value) -> Vec<Issue> {
    let list = outcome["issue"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    list.map(|issue| {
        let severity = issue["severity"].as_str().unwrap_or_default();
        let (tone, icon) = match severity {
            "information" => ("ok", "check"),
            "warning" => ("warn", "alert"),
            _ => ("danger", "alert"),
        };
        let known = matches!(severity, "fatal" | "error" | "warning" | "information");
        Issue {
            tone,
            icon,
            severity: if known { locale.t(&format!("issue-{severity}")) } else { String::new() },
            code: text(&issue["code"]),
            text: text(&issue["details"]["text"]),
            detail: text(&issue["diagnostics"]),
            places: issue["expression"].as_array().into_iter().flatten().map(text).collect(),
        }
    })
    .collect()
}

/// A header's name as documents write it.
fn canonical(name: &str) -> String {
    if name == header::ETAG.as_str() {
        return "ETag".to_owned();
    }
    let word = |word: &str| match word {
        "lgpd" => "LGPD".to_owned(),
        _ => word[..1].to_ascii_uppercase() + &word[1..],
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}

/// `12,4 ms`, to the tenth.
fn millis(locale: &Locale, took: Duration) -> String {
    let tenths = (took.as_micros() + 50) / 100;
    let whole = locale.number(u64::try_from(tenths / 10).unwrap_or(u64::MAX));
    let mark = if locale.language == Language::PtBr { ',' } else { '.' };
    format!("{whole}{mark}{} ms", tenths % 10)
}

#[cfg(test)]
pub(in crate::pages) use tests::sample;

#[cfg(test)]
mod tests {
    use super::super::super::locale::sample as locale;
    use super::*;
    use aroeira_clinic::Weighed;
    use http::{HeaderMap, HeaderValue, StatusCode};
    use serde_json::json;

    fn tried(status: u16, body: &Value, told: Option<Told>) -> Tried {
        let mut headers = HeaderMap::new();
        headers.insert("etag", HeaderValue::from_static("W/\"3\""));
        headers.insert("lgpd-masked", HeaderValue::from_static("identifier"));
        let status = StatusCode::from_u16(status).unwrap();
        Tried { status, headers, body: body.to_string().into(), told, took: Duration::from_micros(12_345) }
    }

    fn told(rows: Option<u64>, looked_at: Option<u64>) -> Told {
        let one = |name: &str, rows, more| Weighed { name: name.into(), rows, more };
        let plan = Plan {
            driver: rows.map(|_| "family".into()),
            conditions: vec![one("birthdate", rows.map(|_| 1000), rows.is_some()), one("family", rows, false)],
            looked_at,
            took: Duration::from_micros(840),
        };
        let understood = vec![("family".to_owned(), "souza".to_owned()), ("_count".to_owned(), "2".to_owned())];
        Told { understood, ignored: vec!["familia".into()], cut: false, plan: Some(plan) }
    }

    fn bundle(notes: &str) -> Value {
        let patient = |id: &str, mode: &str| {
            json!({ "resource": { "resourceType": "Patient", "id": id, "meta": { "versionId": "2", "lastUpdated": "2026-11-21T17:20:00.000Z" },
                "name": [{ "family": "Souza", "text": notes }] }, "search": { "mode": mode } })
        };
        json!({ "resourceType": "Bundle", "type": "searchset", "total": 1250,
            "link": [{ "relation": "self", "url": "http://x/fhir/Patient?family=souza" },
                { "relation": "next", "url": "http://x/fhir/Patient?family=souza&_cursor=7.8.9.ab" }],
            "entry": [patient("a", "match"), patient("b", "include"), { "resource": { "resourceType": "OperationOutcome" }, "search": { "mode": "outcome" } }] })
    }

    /// An answer for the gallery: full, refused.
    pub(in crate::pages) fn sample(language: Language) -> [Shown; 2] {
        let locale = locale(language);
        let refused = json!({ "resourceType": "OperationOutcome", "issue": [{ "severity": "error", "code": "invalid",
            "details": { "text": "Este parâmetro não existe." }, "expression": ["familia"] }] });
        [
            Shown::new(&locale, "/Patient?family=souza", &tried(200, &bundle("x"), Some(told(Some(30), Some(30))))),
            Shown::new(&locale, "/Patient?familia=souza", &tried(400, &refused, None)),
        ]
    }

    #[test]
    fn a_search_is_told_with_its_plan_and_its_rows() {
        let [shown, refused] = sample(Language::PtBr);
        assert_eq!((shown.status, shown.took.as_str(), shown.total.as_deref()), (200, "12,3 ms", Some("1.250")));
        assert_eq!(shown.understood, ["family=souza", "_count=2"]);
        assert_eq!(shown.ignored, ["familia"]);
        assert_eq!(shown.next.as_deref(), Some("7.8.9.ab"));
        let rows: Vec<_> = shown.rows.iter().map(|row| (row.name.as_str(), row.beside)).collect();
        assert_eq!(rows, [("Patient/a", false), ("Patient/b", true)]);
        assert_eq!(shown.headers, [("ETag".into(), "W/\"3\"".into()), ("LGPD-Masked".into(), "identifier".into())]);
        let plan = shown.plan.unwrap();
        let conditions: Vec<_> = plan.conditions.iter().map(|one| (one.rows.as_str(), one.drives)).collect();
        assert_eq!(conditions, [("1.000 ou mais", false), ("30", true)]);
        assert_eq!((plan.looked_at.as_str(), plan.took.as_deref(), plan.covered), ("30", Some("0,8 ms"), false));
        assert_eq!((refused.issues[0].code.as_str(), refused.issues[0].places[0].as_str()), ("invalid", "familia"));
    }

    #[test]
    fn counts_that_are_kept_back_are_said_to_be() {
        let locale = locale(Language::PtBr);
        let shown = Shown::new(&locale, "/Patient", &tried(200, &bundle("x"), Some(told(None, None))));
        let plan = shown.plan.unwrap();
        assert!(plan.covered && plan.took.is_none());
        assert!(plan.conditions.iter().all(|one| !one.drives && one.rows == locale.t("console-rows-covered")));
    }

    #[test]
    fn what_is_long_is_cut_at_a_line() {
        let locale = locale(Language::En);
        let shown = Shown::new(&locale, "/Patient", &tried(200, &bundle(&"á".repeat(LONGEST)), None));
        let text = shown.rows[0].text.as_ref().unwrap();
        assert!(text.text.len() <= LONGEST && text.left_out.is_some() && !text.text.ends_with('\n'));
        let short = Shown::new(&locale, "/Patient", &tried(200, &bundle("x"), None));
        assert!(short.rows[0].text.as_ref().unwrap().left_out.is_none());
    }

    #[test]
    fn a_deletion_is_a_row_without_a_resource() {
        let history = json!({ "resourceType": "Bundle", "type": "history", "link": [], "entry": [{
            "request": { "method": "DELETE", "url": "Patient/a" },
            "response": { "status": "204 No Content", "etag": "W/\"4\"", "lastModified": "2026-11-21T17:20:00.000Z" } }] });
        let shown = Shown::new(&locale(Language::PtBr), "/Patient/a/_history", &tried(200, &history, None));
        assert_eq!((shown.rows[0].name.as_str(), shown.rows[0].text.is_none()), ("Patient/a", true));
        assert_eq!(shown.rows[0].marks[..2], ["DELETE", "v4"]);
    }
}
