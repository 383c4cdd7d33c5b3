//! What went wrong as `application/problem+json` (RFC 9457).

use aroeira_clinic::{Conflict, Error};
use axum::response::{IntoResponse, Response};
use http::header;
use serde::Serialize;

use super::{Fault, Texts};

#[derive(Serialize)]
struct Problem<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    instance: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Wrong<'a>>,
}

#[derive(Serialize)]
struct Wrong<'a> {
    field: &'a str,
    code: &'a str,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'a str>,
}

/// The answer for a fault, in words already chosen.
pub(crate) fn render(fault: &Fault, texts: &Texts, request_id: &str) -> Response {
    let current = match fault {
        Fault::Clinic(Error::Conflict(Conflict::Version { current } | Conflict::Stale { current })) => Some(*current),
        _ => None,
    };
    let problem = Problem {
        kind: format!("urn:aroeira:problem:{}", texts.code),
        title: &texts.title,
        status: fault.status().as_u16(),
        detail: &texts.detail,
        instance: format!("urn:aroeira:request:{request_id}"),
        current,
        errors: wrong(fault, texts),
    };
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    (fault.status(), [(header::CONTENT_TYPE, "application/problem+json")], body).into_response()
}

fn wrong<'a>(fault: &'a Fault, texts: &'a Texts) -> Vec<Wrong<'a>> {
    let fields: &[aroeira_clinic::Field] = match fault {
        Fault::Clinic(Error::Invalid(fields)) => fields,
        _ => &[],
    };
    let told = texts.fields.iter().enumerate();
    told.map(|(at, (path, text))| Wrong {
        field: path,
        code: fields.get(at).map_or("duplicate", |field| field.code),
        detail: text,
        expected: fields.get(at).and_then(|field| field.expected.as_deref()),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use aroeira_clinic::Field;
    use http_body_util::BodyExt;
    use serde_json::{Value, json};

    async fn rendered(error: Error) -> (u16, Value) {
        let fault = Fault::Clinic(error);
        let response = render(&fault, &fault.texts(Language::En), "req-1");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn a_problem_names_every_field() {
        let fields =
            vec![Field::new("priority", "one-of").expecting("HIGH, LOW"), Field::new("codes[0].system", "uri")];
        let (status, problem) = rendered(Error::Invalid(fields)).await;
        assert_eq!(status, 422);
        assert_eq!(problem["type"], "urn:aroeira:problem:invalid");
        assert_eq!(problem["status"], 422);
        assert_eq!(problem["instance"], "urn:aroeira:request:req-1");
        assert_eq!(problem["errors"][0]["expected"], "HIGH, LOW");
        assert_eq!(problem["errors"][1]["field"], "codes[0].system");
        assert_eq!(problem["errors"][1]["code"], "uri");
    }

    #[tokio::test]
    async fn a_conflict_tells_the_current_version_and_a_duplicate_its_field() {
        let (status, problem) = rendered(Error::Conflict(Conflict::Version { current: 7 })).await;
        assert_eq!((status, &problem["current"]), (409, &json!(7)));
        let (status, problem) = rendered(Error::Conflict(Conflict::Stale { current: 7 })).await;
        assert_eq!((status, &problem["current"]), (412, &json!(7)));
        let (status, problem) = rendered(Error::Conflict(Conflict::Duplicate { field: "cpf" })).await;
        assert_eq!(
            (status, &problem["errors"][0]["field"], &problem["errors"][0]["code"]),
            (409, &json!("cpf"), &json!("duplicate"))
        );
    }
}
