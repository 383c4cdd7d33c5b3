//! `/api/me`: who one is here, and what only oneself may change: password, second factor, terms.

use http::StatusCode;
use serde_json::json;

use super::answer;
use super::request::Members;
use crate::body::{Json, Query};
use crate::context::{Pending, Signed};
use crate::error::Answer;
use crate::routes::{Class, Routes};

/// Longer than any password that the rules allow.
const PASSWORD: usize = 1024;

/// Registers them.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/api/me", Class::Read, me)
        .put("/api/me/password", Class::Write, change_password)
        .post("/api/me/totp", Class::Write, enrol_totp)
        .post("/api/me/totp/confirm", Class::Write, confirm_totp)
        .delete("/api/me/totp", Class::Write, drop_totp)
        .post("/api/me/terms", Class::Write, accept_terms)
}

async fn me(Pending(signed): Pending, query: Query) -> Answer {
    query.end()?;
    let user = signed.desk.me().await?;
    let caller = &signed.caller;
    let told = json!({
        "user": user,
        "role": caller.actor.role,
        "clinic": { "slug": caller.slug, "name": caller.clinic.name() },
        "session": caller.session,
        "expiresAt": caller.expires_at,
        "previousLoginAt": caller.previous_login,
        "screenLocked": caller.screen_locked,
        "mustChangePassword": caller.must_change_password,
        "mustAcceptTerms": caller.must_accept_terms,
    });
    Ok(answer::json(StatusCode::OK, &told))
}

async fn change_password(Pending(signed): Pending, query: Query, body: Json) -> Answer {
    query.end()?;
    let mut members = Members::of(&body)?;
    let (current, new) = (members.text("current", PASSWORD), members.text("new", PASSWORD));
    members.end()?;
    signed.desk.change_password(&signed.caller.session, &current, &new).await?;
    Ok(answer::done())
}

async fn enrol_totp(signed: Signed, query: Query, body: Json) -> Answer {
    query.end()?;
    let mut members = Members::of(&body)?;
    let password = members.text("password", PASSWORD);
    members.end()?;
    let enrolment = signed.desk.enrol_totp(&password).await?;
    Ok(answer::json(StatusCode::CREATED, &enrolment))
}

async fn confirm_totp(signed: Signed, query: Query, body: Json) -> Answer {
    query.end()?;
    let mut members = Members::of(&body)?;
    let code = members.text("code", 16);
    members.end()?;
    signed.desk.confirm_totp(&code).await?;
    Ok(answer::done())
}

async fn drop_totp(signed: Signed, query: Query, body: Json) -> Answer {
    query.end()?;
    let mut members = Members::of(&body)?;
    let password = members.text("password", PASSWORD);
    members.end()?;
    signed.desk.drop_totp(&password).await?;
    Ok(answer::done())
}

async fn accept_terms(Pending(signed): Pending, query: Query) -> Answer {
    query.end()?;
    signed.desk.accept_terms().await?;
    Ok(answer::done())
}
