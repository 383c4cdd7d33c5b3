//! The form that registers a patient and changes what is known of them.

use aroeira_clinic::{Action, Conflict, Error, Input, Patient, Precondition, access};
use askama::Template;
use axum::extract::Path;
use http::StatusCode;
use serde_json::{Value, json};

use crate::error::{Answer, page_status, texts};
use crate::routes::{Class, Routes};

use super::banner::{Banner, spaced};
use super::form::{Form, Sheet};
use super::locale::Locale;
use super::shell::{Shell, View};
use super::{done, html_as, id, options};

/// Registers the pages with the form.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/patients/new", Class::Read, new)
        .post("/patients/new", Class::Write, create)
        .get("/patients/{id}/edit", Class::Read, edit)
        .post("/patients/{id}/edit", Class::Write, amend)
}

#[derive(Template)]
#[template(path = "patient-form.html")]
pub(super) struct PatientPage {
    pub(super) s: Shell,
    pub(super) sheet: Sheet,
    /// Of the patient that is changed; none is made new.
    pub(super) id: Option<String>,
    pub(super) banner: Option<Banner>,
    pub(super) once: String,
    pub(super) sexes: Vec<(String, String)>,
    pub(super) systems: Vec<(String, String)>,
    pub(super) uses: Vec<(String, String)>,
    pub(super) criticalities: Vec<(String, String)>,
    pub(super) states: Vec<(String, String)>,
    /// Somebody else saved first.
    pub(super) stale: bool,
    pub(super) may_delete: bool,
    /// Allergies are not for this role: they are neither shown nor sent.
    pub(super) covered: bool,
}

impl PatientPage {
    /// The form; rows are there to be filled even without script.
    pub(super) fn new(s: Shell, mut sheet: Sheet, id: Option<String>, banner: Option<Banner>, once: &str) -> Self {
        if sheet.values.all("contacts.value").is_empty() {
            sheet.values.push("contacts.system", "phone").push("contacts.value", "").push("contacts.use", "mobile");
        }
        if sheet.values.all("allergies.substance").is_empty() {
            sheet.values.push("allergies.id", "").push("allergies.substance", "");
            sheet.values.push("allergies.reaction", "").push("allergies.criticality", "");
        }
        let locale = s.locale.clone();
        let mut uses = vec![(String::new(), locale.t("not-said"))];
        uses.extend(options(&locale, "use", &["mobile", "home", "work"]));
        let mut criticalities = vec![(String::new(), locale.t("not-said"))];
        criticalities.extend(options(&locale, "criticality", &["low", "high"]));
        let mut states = vec![(String::new(), "—".to_owned())];
        states.extend(aroeira_fhir::brazil::STATES.iter().map(|state| ((*state).to_owned(), (*state).to_owned())));
        Self {
            sexes: options(&locale, "sex", &["unknown", "female", "male", "other"]),
            systems: options(&locale, "system", &["phone", "email", "sms", "url", "other"]),
            uses,
            criticalities,
            states,
            once: once.to_owned(),
            stale: false,
            may_delete: false,
            covered: false,
            s,
            sheet,
            id,
            banner,
        }
    }
}

async fn new(view: View) -> Answer {
    if !access::allows(view.role(), Action::Create, "Patient") {
        return Err(Error::Denied(aroeira_clinic::Refusal::Role).into());
    }
    let mut form = Form::default();
    form.push("sex", "unknown").push("allergyStatus", "unknown");
    registering(&view, Sheet::new(&view.locale, form), StatusCode::OK).await
}

/// The form of a patient not yet registered. Allergies are asked by those who may see them.
async fn registering(view: &View, sheet: Sheet, status: StatusCode) -> Answer {
    let s = view.shell("/patients", &view.locale.t("patient-new")).await;
    let mut page = PatientPage::new(s, sheet, None, None, &view.request_id);
    page.covered = !asks_allergies(view);
    html_as(status, &page)
}

fn asks_allergies(view: &View) -> bool {
    access::allows(view.role(), Action::Read, "AllergyIntolerance")
}

async fn create(view: View, form: Form) -> Answer {
    if let Some(form) = with_row(&form) {
        return registering(&view, Sheet::new(&view.locale, form), StatusCode::OK).await;
    }
    let once = form.opt("_once");
    let mut body = body(&form, None);
    if let (false, Value::Object(body)) = (asks_allergies(&view), &mut body) {
        body.retain(|name, _| !matches!(name.as_str(), "allergies" | "allergyStatus"));
    }
    match view.desk.create_patient(Input::Json(body), once.as_deref()).await {
        Ok(seen) => Ok(done(&format!("/patients/{}", seen.value.id), "patient-created")),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let sheet = Sheet::refused(&view.locale, form, texts(&error, view.locale.language));
            registering(&view, sheet, page_status(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn edit(view: View, Path(patient): Path<String>) -> Answer {
    if !access::allows(view.role(), Action::Update, "Patient") {
        return Err(Error::Denied(aroeira_clinic::Refusal::Role).into());
    }
    let seen = view.desk.patient(id(&patient)?).await?;
    let form = filled(&seen.value);
    editor(&view, &seen.value, Sheet::new(&view.locale, form), false, StatusCode::OK).await
}

async fn editor(view: &View, patient: &Patient, sheet: Sheet, stale: bool, status: StatusCode) -> Answer {
    let s = view.shell("/patients", &view.locale.t("patient-edit")).await;
    let banner = Banner::new(&view.locale, patient, false);
    let mut page = PatientPage::new(s, sheet, Some(patient.id.clone()), Some(banner), &view.request_id);
    page.stale = stale;
    page.covered = patient.allergies.is_none();
    page.may_delete = access::allows(view.role(), Action::Delete, "Patient");
    html_as(status, &page)
}

async fn amend(view: View, Path(patient): Path<String>, form: Form) -> Answer {
    let patient = id(&patient)?;
    if let Some(form) = with_row(&form) {
        let seen = view.desk.patient(patient).await?;
        return editor(&view, &seen.value, Sheet::new(&view.locale, form), false, StatusCode::OK).await;
    }
    let precondition = form.get("version").parse().map_or(Precondition::None, Precondition::Version);
    let seen = view.desk.patient(patient).await?;
    match view.desk.amend_patient(patient, precondition, Input::Json(body(&form, Some(&seen.value)))).await {
        Ok(_) => Ok(done(&format!("/patients/{patient}"), "patient-amended")),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let stale = matches!(error, Error::Conflict(Conflict::Stale { .. } | Conflict::Version { .. }));
            let mut form = form;
            if stale {
                // What was typed stays; saving it again is then a choice made with the new state in sight.
                form.set("version", &seen.version.to_string());
            }
            let sheet = Sheet::refused(&view.locale, form, texts(&error, view.locale.language));
            editor(&view, &seen.value, sheet, stale, page_status(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// A form that asks for one more row, as browsers without script do.
fn with_row(form: &Form) -> Option<Form> {
    let mut form = form.clone();
    match form.get("_row") {
        "contacts" => form.push("contacts.system", "phone").push("contacts.value", "").push("contacts.use", ""),
        "allergies" => form
            .push("allergies.id", "")
            .push("allergies.substance", "")
            .push("allergies.reaction", "")
            .push("allergies.criticality", ""),
        _ => return None,
    };
    form.set("_row", "");
    Some(form)
}

/// The form of a patient as it is.
pub(super) fn filled(patient: &Patient) -> Form {
    let mut form = Form::default();
    form.push("version", patient.version.to_string())
        .push("name", &*patient.name)
        .push("socialName", patient.social_name.clone().unwrap_or_default())
        .push("birthDate", Locale::shown_day(&patient.birth_date))
        .push("sex", &*patient.sex)
        .push("cpf", &*patient.cpf)
        .push("cns", spaced(&patient.cns))
        .push("address.line", &*patient.address.line)
        .push("address.district", &*patient.address.district)
        .push("address.city", &*patient.address.city)
        .push("address.state", &*patient.address.state)
        .push("address.postalCode", cep(&patient.address.postal_code))
        .push("allergyStatus", &*patient.allergy_status);
    for contact in &patient.contacts {
        form.push("contacts.system", &*contact.system).push("contacts.value", &*contact.value);
        form.push("contacts.use", contact.usage.clone().unwrap_or_default());
    }
    for allergy in patient.allergies.iter().flatten() {
        form.push("allergies.id", allergy.id.clone().unwrap_or_default())
            .push("allergies.substance", &*allergy.substance)
            .push("allergies.reaction", allergy.reaction.clone().unwrap_or_default())
            .push("allergies.criticality", allergy.criticality.clone().unwrap_or_default());
    }
    form
}

/// `01310-100`.
fn cep(digits: &str) -> String {
    if digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_digit()) {
        format!("{}-{}", &digits[..5], &digits[5..])
    } else {
        digits.to_owned()
    }
}

/// What the desk is sent. Empty rows are no rows; a covered field of the patient as it is (`was`) is not sent at all.
fn body(form: &Form, was: Option<&Patient>) -> Value {
    let text = |name: &str| Value::from(form.get(name));
    let maybe = |name: &str| form.opt(name).map_or(Value::Null, Value::from);
    let mut body = json!({
        "name": text("name"),
        "socialName": maybe("socialName"),
        "birthDate": Locale::typed_day(form.get("birthDate")),
        "sex": form.opt("sex").unwrap_or_else(|| "unknown".into()),
        "cpf": text("cpf"),
        "cns": form.get("cns").replace(' ', ""),
        "contacts": contacts(form),
        "address": {
            "line": text("address.line"),
            "district": text("address.district"),
            "city": text("address.city"),
            "state": text("address.state"),
            "postalCode": form.get("address.postalCode").replace(['-', '.', ' '], ""),
        },
    });
    if was.is_none_or(|was| was.allergies.is_some()) {
        let status = form.opt("allergyStatus").unwrap_or_else(|| "unknown".into());
        let list = if status == "known" { allergies(form) } else { Vec::new() };
        body["allergies"] = list.into();
        body["allergyStatus"] = status.into();
    }
    body
}

fn contacts(form: &Form) -> Vec<Value> {
    let (systems, uses) = (form.all("contacts.system"), form.all("contacts.use"));
    let values = form.all("contacts.value").into_iter().enumerate().filter(|(_, value)| !value.is_empty());
    values
        .map(|(i, value)| {
            let mut contact = json!({"system": systems.get(i).copied().unwrap_or("phone"), "value": value});
            if let Some(usage) = uses.get(i).filter(|usage| !usage.is_empty()) {
                contact["use"] = (*usage).into();
            }
            contact
        })
        .collect()
}

fn allergies(form: &Form) -> Vec<Value> {
    let column = |name: &str| form.all(&format!("allergies.{name}"));
    let (ids, reactions, criticalities) = (column("id"), column("reaction"), column("criticality"));
    let rows = column("substance").into_iter().enumerate().filter(|(_, substance)| !substance.is_empty());
    rows.map(|(i, substance)| {
        let mut allergy = json!({"substance": substance});
        for (name, values) in [("id", &ids), ("reaction", &reactions), ("criticality", &criticalities)] {
            if let Some(value) = values.get(i).filter(|value| !value.is_empty()) {
                allergy[name] = (*value).into();
            }
        }
        allergy
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::banner::sample;
    use super::*;

    #[test]
    fn a_patient_survives_the_form() {
        let patient = sample();
        let sent = body(&filled(&patient), Some(&patient));
        assert_eq!(sent["birthDate"], "1978-04-12");
        assert_eq!(sent["cpf"], "529.982.247-25");
        assert_eq!(sent["cns"], "700000000000005");
        assert_eq!(sent["address"], serde_json::to_value(&patient.address).unwrap());
        assert_eq!(sent["contacts"], serde_json::to_value(&patient.contacts).unwrap());
        assert_eq!(sent["allergies"], serde_json::to_value(&patient.allergies).unwrap());
    }

    #[test]
    fn empty_rows_are_no_rows_and_covered_allergies_are_not_sent() {
        let mut form = Form::default();
        form.push("name", "Ana").push("contacts.system", "phone").push("contacts.value", " ");
        form.push("allergies.substance", "Látex").push("allergyStatus", "none");
        let sent = body(&form, None);
        assert_eq!(sent["contacts"], json!([]));
        assert_eq!(sent["allergies"], json!([]), "the choice of none known wins over a row left over");
        let covered = Patient { allergies: None, allergy_status: "***".into(), ..sample() };
        assert!(body(&form, Some(&covered)).get("allergies").is_none());
    }

    #[test]
    fn a_row_is_added_without_script() {
        let mut form = Form::default();
        form.push("_row", "allergies").push("allergies.substance", "Látex");
        let more = with_row(&form).unwrap();
        assert_eq!(more.all("allergies.substance"), ["Látex", ""]);
        assert!(with_row(&more).is_none());
    }
}
