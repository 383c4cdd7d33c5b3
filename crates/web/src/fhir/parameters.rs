//! `$reindex` of a SearchParameter of the clinic's own: how far its index is, and making it anew.

use aroeira_clinic::{ParameterState, ParameterStatus};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use super::content::Accepted;
use crate::body::Query;
use crate::context::Signed;
use crate::error::Answer;

/// How far the index is.
pub(super) async fn status(signed: Signed, accepted: Accepted, Path(id): Path<String>, query: Query) -> Answer {
    super::common(query)?;
    let status = signed.desk.parameter_status(&id).await?;
    Ok(answer(StatusCode::OK, status, accepted))
}

/// Makes it anew, in the background.
pub(super) async fn begin(signed: Signed, accepted: Accepted, Path(id): Path<String>, query: Query) -> Answer {
    super::common(query)?;
    let status = signed.desk.reindex_parameter(&id).await?;
    Ok(answer(StatusCode::ACCEPTED, status, accepted))
}

fn answer(code: StatusCode, status: ParameterStatus, accepted: Accepted) -> Response {
    let (state, percent) = match status.state {
        ParameterState::Unindexed => ("not-indexed", 0),
        ParameterState::Indexing(percent) => ("indexing", percent),
        ParameterState::Ready => ("ready", 100),
    };
    let mut all =
        vec![json!({ "name": "state", "valueCode": state }), json!({ "name": "percent", "valueInteger": percent })];
    all.extend(status.failed.map(|failed| json!({ "name": "failed", "valueInteger": failed })));
    let parameters = json!({ "resourceType": "Parameters", "parameter": all });
    let mut response = (code, parameters.to_string()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(accepted.0));
    response
}
