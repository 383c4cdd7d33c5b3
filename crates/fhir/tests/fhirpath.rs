//! The table of expressions: every function and operator with what it answers over two resources.

#[path = "fhirpath/written.rs"]
mod written;

use aroeira_fhir::{
    Instant,
    fhirpath::{ByReference, Child, Context, EvalError, Expression, Model, Node},
};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use written::written;

const TABLE: &str = include_str!("fhirpath/table.txt");

/// The few definitions that the table needs, written by hand: parent, element, types, choice.
struct Few;

#[rustfmt::skip]
const ELEMENTS: &[(&str, &str, &[&str], bool)] = &[
    ("Resource", "id", &["http://hl7.org/fhirpath/System.String"], false), ("Resource", "meta", &["Meta"], false),
    ("Meta", "versionId", &["id"], false), ("Meta", "lastUpdated", &["instant"], false),
    ("DomainResource", "text", &["Narrative"], false), ("DomainResource", "contained", &["Resource"], false),
    ("DomainResource", "extension", &["Extension"], false), ("Element", "extension", &["Extension"], false),
    ("Element", "id", &["string"], false), ("Extension", "url", &["uri"], false),
    ("Extension", "value", &["integer", "Coding", "dateTime", "string"], true),
    ("Narrative", "status", &["code"], false), ("Narrative", "div", &["xhtml"], false),
    ("Patient", "identifier", &["Identifier"], false), ("Patient", "active", &["boolean"], false),
    ("Patient", "name", &["HumanName"], false), ("Patient", "telecom", &["ContactPoint"], false),
    ("Patient", "gender", &["code"], false), ("Patient", "birthDate", &["date"], false),
    ("Patient", "deceased", &["boolean", "dateTime"], true), ("Patient", "address", &["Address"], false),
    ("Patient", "maritalStatus", &["CodeableConcept"], false), ("Patient", "contact", &["Patient.contact"], false),
    ("Patient", "photo", &["Attachment"], false), ("Patient", "managingOrganization", &["Reference"], false),
    ("Patient", "generalPractitioner", &["Reference"], false), ("Patient.contact", "name", &["HumanName"], false),
    ("Patient.contact", "relationship", &["CodeableConcept"], false), ("Patient.contact", "gender", &["code"], false),
    ("Organization", "name", &["string"], false), ("Identifier", "use", &["code"], false),
    ("Identifier", "system", &["uri"], false), ("Identifier", "value", &["string"], false),
    ("Identifier", "period", &["Period"], false), ("Identifier", "assigner", &["Reference"], false),
    ("HumanName", "use", &["code"], false), ("HumanName", "family", &["string"], false),
    ("HumanName", "given", &["string"], false), ("HumanName", "period", &["Period"], false),
    ("Period", "start", &["dateTime"], false), ("Period", "end", &["dateTime"], false),
    ("ContactPoint", "system", &["code"], false), ("ContactPoint", "value", &["string"], false),
    ("ContactPoint", "use", &["code"], false), ("ContactPoint", "rank", &["positiveInt"], false),
    ("Address", "use", &["code"], false), ("Address", "line", &["string"], false),
    ("Address", "city", &["string"], false), ("Address", "postalCode", &["string"], false),
    ("CodeableConcept", "coding", &["Coding"], false), ("CodeableConcept", "text", &["string"], false),
    ("Coding", "system", &["uri"], false), ("Coding", "code", &["code"], false), ("Coding", "display", &["string"], false),
    ("Reference", "reference", &["string"], false),
    ("Observation", "status", &["code"], false), ("Observation", "category", &["CodeableConcept"], false),
    ("Observation", "code", &["CodeableConcept"], false), ("Observation", "subject", &["Reference"], false),
    ("Observation", "effective", &["dateTime", "Period"], true), ("Observation", "issued", &["instant"], false),
    ("Observation", "value", &["Quantity", "string", "integer", "time"], true),
    ("Observation", "referenceRange", &["Observation.referenceRange"], false),
    ("Observation", "component", &["Observation.component"], false),
    ("Observation.referenceRange", "low", &["Quantity"], false),
    ("Observation.component", "code", &["CodeableConcept"], false),
    ("Observation.component", "value", &["Quantity", "string", "integer", "time"], true),
    ("Observation.component", "dataAbsentReason", &["CodeableConcept"], false),
    ("Quantity", "value", &["decimal"], false), ("Quantity", "unit", &["string"], false),
    ("Quantity", "system", &["uri"], false), ("Quantity", "code", &["code"], false),
];

impl Model for Few {
    fn child<'m>(&'m self, parent: &str, name: &str) -> Option<Child<'m>> {
        let own = ELEMENTS.iter().find(|(of, element, ..)| *of == parent && *element == name);
        match own {
            Some((_, _, types, choice)) => Some(Child { types, choice: *choice, many: true }),
            None => self.child(self.base(parent)?, name),
        }
    }
}

fn context(resource: &Value) -> Context<'_> {
    let mut context = Context::new(resource, "2026-11-22T13:30:00.123Z".parse().expect("an instant"))
        .with_model(&Few)
        .with_resolver(&ByReference);
    context.zone = TimeZone::get("America/Sao_Paulo").expect("a zone");
    context
}

fn answer(expression: &str, context: &Context<'_>) -> String {
    let Ok(expression) = Expression::parse(expression) else { return "syntax".to_owned() };
    match expression.evaluate(context) {
        Ok(items) => written(&items),
        Err(EvalError::Budget) => "budget".to_owned(),
        Err(_) => "error".to_owned(),
    }
}

#[test]
fn every_expression_of_the_table_answers_as_written() {
    let patient: Value = serde_json::from_str(include_str!("fhirpath/patient.json")).unwrap();
    let observation: Value = serde_json::from_str(include_str!("fhirpath/observation.json")).unwrap();
    let mut resource = &patient;
    let (mut asked, mut wrong) = (0, Vec::new());
    for line in TABLE.lines() {
        match line {
            "# Patient" => resource = &patient,
            "# Observation" => resource = &observation,
            _ => {}
        }
        let Some((expression, expected)) = line.split_once(" ==> ") else { continue };
        asked += 1;
        let got = answer(expression, &context(resource));
        if got != expected {
            wrong.push(format!("{expression}\n  expected {expected}\n  got      {got}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(asked > 500, "{asked}");
}

#[test]
fn without_definitions_types_are_guessed() {
    let patient: Value = serde_json::from_str(include_str!("fhirpath/patient.json")).unwrap();
    let observation: Value = serde_json::from_str(include_str!("fhirpath/observation.json")).unwrap();
    let now = Instant(1_795_305_300_123);
    let (patient, observation) = (Context::new(&patient, now), Context::new(&observation, now));
    for (expression, context, expected) in [
        ("Patient.name.given.first()", &patient, "'Ana'"),
        ("birthDate = @1974-12-25", &patient, "true"),
        ("birthDate > @1974", &patient, "{}"),
        ("birthDate < @1980-01", &patient, "true"),
        ("(Patient.deceased as boolean)", &patient, "false"),
        ("extension.value.ofType(Coding).code", &patient, "'04'"),
        ("contained.ofType(Organization).id", &patient, "'o1'"),
        ("birthDate.extension.value < now()", &patient, "true"),
        ("active is boolean", &patient, "true"),
        ("(Observation.value as Quantity) > 180 '[lb_av]'", &observation, "true"),
        ("valueQuantity.value", &observation, "185.00"),
        ("(Observation.effective as dateTime) = @2026-03-28T13:30:00Z", &observation, "true"),
        ("component.value.ofType(Quantity).count()", &observation, "2"),
    ] {
        assert_eq!(answer(expression, context), expected, "{expression}");
    }
}

#[test]
fn the_focus_may_be_an_element_of_a_contained_resource() {
    let patient: Value = serde_json::from_str(include_str!("fhirpath/patient.json")).unwrap();
    let organization = &patient["contained"][0];
    let mut context = context(organization);
    context.root = Some(&patient);
    let context = context.with_focus(Node::new(&organization["name"], "string"));
    for (expression, expected) in [
        ("$this", "'Clínica Aroeira'"),
        ("length()", "15"),
        ("%context", "'Clínica Aroeira'"),
        ("%resource.id", "'o1'"),
        ("%rootResource.id", "'ana'"),
        ("'#o1'.resolve().id", "'o1'"),
        ("empty() or ($this = '*') or contains('Aroeira')", "true"),
    ] {
        assert_eq!(answer(expression, &context), expected, "{expression}");
    }
}

#[test]
fn variables_are_passed_in() {
    let patient = json!({"resourceType": "Patient"});
    let parsed = Expression::parse("%list.count() + %n").unwrap();
    let two = Expression::parse("1 | 2").unwrap();
    let mut context = context(&patient);
    let list = two.evaluate(&context).unwrap();
    context.variables = vec![("list", list.clone()), ("n", list[1..].to_vec())];
    assert_eq!(written(&parsed.evaluate(&context).unwrap()), "4");
    assert_eq!(Expression::parse("1 = 1").unwrap().holds(&context), Ok(Some(true)));
    assert_eq!(Expression::parse("{}").unwrap().holds(&context), Ok(None));
}

#[test]
fn a_bundle_resolves_its_own_entries() {
    let bundle = json!({"resourceType": "Bundle", "entry": [
        {"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Patient", "id": "p"}},
        {"fullUrl": "http://example.org/Group/g", "resource": {"resourceType": "Group", "id": "g"}},
    ]});
    let context = context(&bundle);
    assert_eq!(answer("'urn:uuid:1'.resolve().id", &context), "'p'");
    assert_eq!(answer("'Group/g'.resolve().id", &context), "'g'");
    assert_eq!(answer("'roup/g'.resolve().id", &context), "{}");
}

#[test]
fn nothing_runs_away() {
    let patient: Value = serde_json::from_str(include_str!("fhirpath/patient.json")).unwrap();
    let mut context = context(&patient);
    context.budget = 200_000;
    for endless in [
        "'a'.repeat($this & 'a')",
        "1.repeat($this + 1.0)",
        "descendants().select(%resource.descendants().select(%resource.descendants().select(%resource.descendants())))",
        "('a' | 'b' | 'c' | 'd').select('abcdefgh'.replace('', %resource.text.div)).aggregate($total & $this & $total & $total & $total)
            .toChars().select(%resource.descendants().select(%resource.descendants()))",
    ] {
        assert_eq!(answer(endless, &context), "budget", "{endless}");
    }
    let doubled = format!("'0123456789'{}.length()", ".select($this & $this)".repeat(40));
    assert_eq!(answer(&doubled, &context), "budget");
    // Patterns are compiled within a limit, and run in linear time.
    assert_eq!(answer("'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.matches('^(a+)+$')", &context), "false");
    assert_eq!(answer("'a'.matches('((a{100}){100}){100}')", &context), "error");
    for deep in [
        format!("{}1{}", "(".repeat(8000), ")".repeat(8000)),
        format!("{}1", "(".repeat(16_000)),
        "iif(true,".repeat(1500),
        "a[".repeat(5000),
        format!("1{}", " ".repeat(20_000)),
    ] {
        assert!(Expression::parse(&deep).is_err());
    }
    // Long ones that are not deep are fine.
    assert_eq!(answer(&format!("1{}", "+1".repeat(8000)), &context), "8001");
    assert_eq!(answer(&format!("{}1", "-".repeat(16_000)), &context), "1");
    assert_eq!(answer(&format!("Patient{}", ".a".repeat(8000)), &context), "{}");
    assert_eq!(answer(&format!("{}1{}", "(".repeat(60), ")".repeat(60)), &context), "1");
}

#[test]
fn the_deepest_expressions_need_little_stack() {
    // Each bracket is a level, and so is the right side of an operator.
    let deepest = |before: &str, after: &str| {
        let levels = if before.contains(['-', '*']) { 30 } else { 60 };
        format!("{}1{}", before.repeat(levels), after.repeat(levels))
    };
    let run = move || {
        let patient: Value = serde_json::from_str(include_str!("fhirpath/patient.json")).unwrap();
        let context = context(&patient);
        for (before, after, expected) in [
            ("select(", ")", "1"),
            ("repeat(", ")", "budget"),
            ("iif(true, ", ")", "1"),
            ("where(", ").count()", "1"),
            ("(1 - ", ")", "1"),
            ("name[0 * ", "].count()", "1"),
            ("1.combine(", ").count()", "2"),
            ("1.aggregate(", ")", "1"),
        ] {
            assert_eq!(answer(&deepest(before, after), &context), expected, "{before}");
        }
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(run).unwrap().join().unwrap();
}
