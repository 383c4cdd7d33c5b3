//! `/api/sessions`: signing in and out, and one's other sessions.

use aroeira_clinic::SignIn;
use axum::extract::State;
use http::header;
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::answer;
use super::request::{Id, Members};
use crate::body::{Json, Query};
use crate::context::{Pending, Signed, Visit};
use crate::error::Answer;
use crate::routes::{Class, Routes};
use crate::state::App;

/// Registers them.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .post("/api/sessions", Class::SignIn, begin)
        .get("/api/sessions", Class::Read, list)
        .delete("/api/sessions/current", Class::Write, end_current)
        .delete("/api/sessions/{id}", Class::Write, end)
}

async fn begin(State(app): State<App>, visit: Visit, headers: HeaderMap, query: Query, body: Json) -> Answer {
    query.end()?;
    let mut members = Members::of(&body)?;
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let sign_in = SignIn {
        clinic: members.text("clinic", 64),
        email: members.text("email", 254),
        password: members.text("password", 1024),
        otp: members.optional_text("otp", 16),
        address: visit.address,
        agent: agent.chars().take(200).collect(),
        request_id: visit.request_id.as_ref().to_owned(),
    };
    members.end()?;
    let begun = app.house().sign_in(sign_in).await?;
    let user = &begun.user;
    let told = json!({
        "token": begun.token,
        "expiresAt": begun.expires_at,
        "role": user.role,
        "user": { "id": user.id, "name": user.name, "email": user.email },
        "previousLoginAt": begun.previous_login,
        "mustChangePassword": user.must_change_password,
        "mustAcceptTerms": begun.must_accept_terms,
    });
    Ok(answer::json(StatusCode::CREATED, &told))
}

async fn list(signed: Signed, query: Query) -> Answer {
    query.end()?;
    let sessions = signed.desk.sessions(&signed.caller.session).await?;
    Ok(answer::whole(sessions))
}

async fn end_current(Pending(signed): Pending, query: Query) -> Answer {
    query.end()?;
    signed.desk.end_session(&signed.caller.session).await?;
    Ok(answer::done())
}

async fn end(signed: Signed, Id(id): Id, query: Query) -> Answer {
    query.end()?;
    signed.desk.end_session(&id).await?;
    Ok(answer::done())
}
