//! Style sheet, scripts and icons: built by `build.rs`, embedded with a hash in their names, compressed beforehand.

use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::error::{Answer, Fault};
use crate::routes::{Class, Routes};

/// A file of the front end.
struct Asset {
    /// As the sources name it: `app.js`.
    name: &'static str,
    /// As pages name it: `/assets/app.<hash>.js`.
    path: &'static str,
    /// Of the uncompressed bytes.
    hash: &'static str,
    plain: &'static [u8],
    gzip: &'static [u8],
    brotli: &'static [u8],
}

static ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// A name that holds its hash never changes what it stands for.
const FOREVER: &str = "public, max-age=31536000, immutable";
const A_DAY: &str = "public, max-age=86400";

/// Registers `/assets/{name}` and what browsers ask for by fixed names.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/assets/{name}", Class::Exempt, hashed)
        .get("/favicon.ico", Class::Exempt, async |headers: HeaderMap| named("favicon.svg", &headers))
        .get("/favicon.svg", Class::Exempt, async |headers: HeaderMap| named("favicon.svg", &headers))
        .get("/manifest.webmanifest", Class::Exempt, async |headers: HeaderMap| named("manifest.webmanifest", &headers))
}

/// Where a file of the front end is served from; empty for a name that is none, which a test keeps from happening.
pub(crate) fn path(name: &str) -> &'static str {
    ASSETS.iter().find(|asset| asset.name == name).map_or("", |asset| asset.path)
}

async fn hashed(Path(name): Path<String>, headers: HeaderMap) -> Answer {
    let asset =
        ASSETS.iter().find(|asset| asset.path.strip_prefix("/assets/") == Some(&*name)).ok_or(Fault::NoRoute)?;
    Ok(serve(asset, &headers, FOREVER))
}

fn named(name: &str, headers: &HeaderMap) -> Answer {
    let asset = ASSETS.iter().find(|asset| asset.name == name).ok_or(Fault::NoRoute)?;
    Ok(serve(asset, headers, A_DAY))
}

fn serve(asset: &Asset, headers: &HeaderMap, cache: &'static str) -> Response {
    let (encoding, bytes) = encoded(asset, headers);
    // A strong tag names the bytes sent, so each encoding has its own.
    let tag = format!("\"{}{}\"", asset.hash, encoding.map_or("", |name| if name == "br" { "-br" } else { "-gz" }));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let same = known.is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag));
    let mut response = if same { StatusCode::NOT_MODIFIED.into_response() } else { Response::new(Body::from(bytes)) };
    let out = response.headers_mut();
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        out.insert(header::ETAG, tag);
    }
    if !same {
        out.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(asset.name)));
        if let Some(encoding) = encoding {
            out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
    }
    response
}

/// The smallest form the client takes (RFC 9110, 12.5.3); a quality of zero is a refusal.
fn encoded(asset: &Asset, headers: &HeaderMap) -> (Option<&'static str>, &'static [u8]) {
    let takes = |wanted: &str| {
        let lines = headers.get_all(header::ACCEPT_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
        lines.flat_map(|line| line.split(',')).any(|one| {
            let (name, weight) = one.split_once(';').unwrap_or((one, ""));
            let refused =
                weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()).is_some_and(|q| q <= 0.0);
            name.trim().eq_ignore_ascii_case(wanted) && !refused
        })
    };
    if takes("br") {
        (Some("br"), asset.brotli)
    } else if takes("gzip") {
        (Some("gzip"), asset.gzip)
    } else {
        (None, asset.plain)
    }
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_str(value).unwrap());
        headers
    }

    fn app() -> &'static Asset {
        ASSETS.iter().find(|asset| asset.name == "app.js").unwrap()
    }

    #[test]
    fn the_pages_find_their_files() {
        for name in ["app.js", "style.css", "favicon.svg", "manifest.webmanifest"] {
            assert!(path(name).starts_with("/assets/"), "{name}");
        }
    }

    #[test]
    fn compressed_files_stay_within_their_budgets() {
        let size =
            |name: &str| ASSETS.iter().find(|asset| asset.name == name).map_or(usize::MAX, |asset| asset.gzip.len());
        assert!(size("app.js") < 45_000);
        assert!(size("style.css") < 20_000);
    }

    #[test]
    fn the_encoding_is_one_the_client_takes() {
        assert_eq!(encoded(app(), &asked("accept-encoding", "gzip, br")).0, Some("br"));
        assert_eq!(encoded(app(), &asked("accept-encoding", "gzip, br;q=0")).0, Some("gzip"));
        assert_eq!(encoded(app(), &asked("accept-encoding", "identity")).0, None);
    }

    #[test]
    fn a_known_file_is_not_sent_again() {
        let first = serve(app(), &asked("accept-encoding", "br"), FOREVER);
        let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
        let mut headers = asked("if-none-match", &tag);
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("br"));
        assert_eq!(serve(app(), &headers, FOREVER).status(), StatusCode::NOT_MODIFIED);
        headers.remove(header::ACCEPT_ENCODING);
        assert_eq!(serve(app(), &headers, FOREVER).status(), StatusCode::OK, "another encoding has another tag");
    }
}
