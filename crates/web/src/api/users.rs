//! `/api/users`: the accounts of a clinic, for its administrators.

use aroeira_clinic::{User, UserQuery};
use http::{StatusCode, header};
use serde::Serialize;
use serde_json::json;

use super::answer;
use super::request::{Id, Members};
use crate::body::{Json, Query};
use crate::context::Signed;
use crate::error::Answer;
use crate::etag::{self, Have, Match};
use crate::routes::{Class, Routes};

/// Registers them.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/api/users", Class::Read, list)
        .post("/api/users", Class::Write, create)
        .get("/api/users/{id}", Class::Read, read)
        .put("/api/users/{id}", Class::Write, amend)
        .post("/api/users/{id}/reset-password", Class::Write, reset_password)
}

/// An account just made, with the password where one was made for it: told this once.
#[derive(Serialize)]
struct NewAccount<'a> {
    #[serde(flatten)]
    user: &'a User,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

async fn list(signed: Signed, mut query: Query) -> Answer {
    let asked = UserQuery { q: query.take("q"), limit: query.take_limit(), cursor: query.take("cursor") };
    query.end()?;
    let page = signed.desk.users(asked).await?;
    Ok(answer::json(StatusCode::OK, &page))
}

async fn create(signed: Signed, query: Query, body: Json) -> Answer {
    query.end()?;
    let (seen, password) = signed.desk.create_user(body.input()).await?;
    let mut response = answer::json(StatusCode::CREATED, &NewAccount { user: &seen.value, password });
    response.headers_mut().insert(header::ETAG, etag::of(seen.version));
    answer::locate(response.headers_mut(), "/api/users", &seen.value.id);
    Ok(response)
}

async fn read(signed: Signed, Id(id): Id, have: Have, query: Query) -> Answer {
    query.end()?;
    let seen = signed.desk.user(&id).await?;
    Ok(answer::record(&have, &seen))
}

async fn amend(signed: Signed, Id(id): Id, Match(precondition): Match, query: Query, body: Json) -> Answer {
    query.end()?;
    let seen = signed.desk.amend_user(&id, precondition, body.input()).await?;
    Ok(answer::written(StatusCode::OK, &seen))
}

async fn reset_password(signed: Signed, Id(id): Id, query: Query, body: Json) -> Answer {
    query.end()?;
    let mut members = Members::of(&body)?;
    let drop_totp = members.flag("dropTotp");
    members.end()?;
    let password = signed.desk.reset_password(&id, drop_totp).await?;
    Ok(answer::json(StatusCode::OK, &json!({ "password": password })))
}
