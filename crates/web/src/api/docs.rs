//! `/api/openapi.json`, and the same to read at `/api/docs`: plain HTML, no script.

use std::fmt::Write;

use aroeira_clinic::Error;
use axum::extract::State;
use axum::response::IntoResponse;
use http::header;

use crate::body::Query;
use crate::context::Visit;
use crate::error::Answer;
use crate::openapi::{self, operations};
use crate::routes::{Class, Routes};
use crate::state::App;

/// Registers them.
pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/api/openapi.json", Class::Anonymous, document).get("/api/docs", Class::Anonymous, read)
}

async fn document(State(app): State<App>, query: Query) -> Answer {
    query.end()?;
    if !app.options().docs {
        return Err(Error::NotFound.into());
    }
    Ok(([(header::CONTENT_TYPE, "application/json")], openapi::bytes()).into_response())
}

async fn read(State(app): State<App>, visit: Visit, query: Query) -> Answer {
    query.end()?;
    if !app.options().docs {
        return Err(Error::NotFound.into());
    }
    let html = page(visit.language.tag());
    Ok(([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response())
}

/// The document by chapters. Its texts are ours and are escaped all the same.
fn page(language: &str) -> String {
    let document = openapi::document();
    let mut html = format!(
        "<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\"><title>Aroeira API</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">{}</head><body><main class=\"docs\" lang=\"en\">\
         <h1>Aroeira API</h1><p>{}</p><p><a href=\"/api/openapi.json\">OpenAPI 3.1</a></p>",
        stylesheet(),
        escaped(document["info"]["description"].as_str().unwrap_or_default()),
    );
    for tag in document["tags"].as_array().into_iter().flatten() {
        let name = tag["name"].as_str().unwrap_or_default();
        let text = escaped(tag["description"].as_str().unwrap_or_default());
        let _ = write!(html, "<h2 id=\"{name}\">{text}</h2>");
        for operation in operations().filter(|operation| operation.tag == name) {
            let told = &document["paths"][operation.path][operation.method.to_ascii_lowercase()];
            let _ = write!(
                html,
                "<section id=\"{}\"><h3><code>{} {}</code></h3><p>{}</p>",
                operation.id,
                operation.method,
                escaped(operation.path),
                escaped(operation.summary)
            );
            parameters(&mut html, told);
            responses(&mut html, told);
            html.push_str("</section>");
        }
    }
    html.push_str("<h2 id=\"schemas\">Schemas</h2>");
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        let text = serde_json::to_string_pretty(schema).unwrap_or_default();
        let _ = write!(
            html,
            "<details id=\"schema-{name}\"><summary>{name}</summary><pre><code>{}</code></pre></details>",
            escaped(&text)
        );
    }
    html.push_str("</main></body></html>");
    html
}

fn stylesheet() -> String {
    format!("<link rel=\"stylesheet\" href=\"{}\">", crate::assets::path("style.css"))
}

fn parameters(html: &mut String, operation: &serde_json::Value) {
    let body = operation["requestBody"]["content"].as_object().and_then(|content| content.iter().next());
    if let Some((media, content)) = body {
        let _ = write!(html, "<p>Body: <code>{media}</code> {}</p>", schema_link(&content["schema"]));
    }
    let Some(parameters) = operation["parameters"].as_array() else { return };
    html.push_str("<ul>");
    for parameter in parameters {
        let text = |key: &str| escaped(parameter[key].as_str().unwrap_or_default());
        let _ = write!(html, "<li><code>{}</code> ({}) {}</li>", text("name"), text("in"), text("description"));
    }
    html.push_str("</ul>");
}

fn responses(html: &mut String, operation: &serde_json::Value) {
    html.push_str("<ul>");
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        let text = escaped(response["description"].as_str().unwrap_or_default());
        let content = response["content"].as_object().and_then(|content| content.values().next());
        let schema = content.map_or_else(String::new, |content| schema_link(&content["schema"]));
        let _ = write!(html, "<li><code>{status}</code> {text} {schema}</li>");
    }
    html.push_str("</ul>");
}

fn schema_link(schema: &serde_json::Value) -> String {
    let reference = schema["$ref"].as_str().or_else(|| schema["properties"]["items"]["items"]["$ref"].as_str());
    reference
        .and_then(|reference| reference.rsplit('/').next())
        .map_or_else(String::new, |name| format!("<a href=\"#schema-{name}\">{name}</a>"))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_every_operation_and_runs_nothing() {
        let html = page("pt-BR");
        for operation in operations() {
            assert!(html.contains(&format!("id=\"{}\"", operation.id)), "{}", operation.id);
        }
        assert!(!html.contains("<script"));
    }
}
