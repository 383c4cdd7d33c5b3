//! Asking over HTTP: in bounded time, for bounded answers, over TLS where it is asked for; a token goes to nobody who could not keep it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ureq::tls::{PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};

use crate::command::fleet::text_of;
use crate::failure::{Code, Failure, Result};

/// How long an answer may take, all of it.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of an answer.
const LONGEST: u64 = 16 << 20;
/// Where systems keep the authorities that they trust.
const AUTHORITIES: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/// Who asks.
#[derive(Clone)]
pub(super) struct Asking {
    agent: ureq::Agent,
    token: Option<String>,
}

/// What was answered.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) text: String,
}

impl Asking {
    /// # Errors
    /// A file of authorities that is none.
    pub(super) fn new(authorities: Option<&Path>) -> Result<Self> {
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .root_certs(roots(authorities)?)
            .build();
        // Who is sent on would be sent the token as well.
        let config = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false);
        let agent = config.max_redirects(0).max_redirects_will_error(false).tls_config(tls).build().into();
        Ok(Self { agent, token: None })
    }

    /// The same, with a token for this address alone.
    ///
    /// # Errors
    /// A file that holds none, or an address where others could read it on the way.
    pub(super) fn with_token(&self, file: Option<&Path>, url: &str) -> Result<Self> {
        let Some(file) = file else { return Ok(self.clone()) };
        if url.starts_with("http://") && !is_loopback(url) {
            let help = "ask it over https://, or through a tunnel that ends on this machine";
            return Err(Failure::new(Code::Usage, "a token is not sent unencrypted", help));
        }
        let token = text_of(file)?.trim().to_owned();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            let help = "write the token alone into it";
            return Err(Failure::new(Code::Usage, format!("{} holds no token", file.display()), help));
        }
        Ok(Self { agent: self.agent.clone(), token: Some(token) })
    }

    /// # Errors
    /// No answer, as it is told to people.
    pub(super) fn get(&self, url: &str, query: &[(&str, &str)]) -> std::result::Result<Answer, String> {
        let mut request = self.agent.get(url);
        for (name, value) in query {
            request = request.query(name, value);
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut answer = request.call().map_err(|error| error.to_string())?;
        let status = answer.status().as_u16();
        let text = answer.body_mut().with_config().limit(LONGEST).lossy_utf8(true).read_to_string();
        Ok(Answer { status, text: text.map_err(|error| error.to_string())? })
    }
}

/// An address without its last slash.
///
/// # Errors
/// What is no address of http, or holds a password: it would be shown.
pub(super) fn address(url: &str) -> Result<&str> {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    if host.contains('@') {
        let help = "give a token in a file with --token-file";
        return Err(Failure::new(Code::Usage, "an address with a password in it is not taken", help));
    }
    if host.is_empty() || url.contains(['?', '#']) || url.contains(char::is_whitespace) {
        let help = "write it as http://127.0.0.1:8080 or https://aroeira.example.org";
        return Err(Failure::new(Code::Usage, format!("`{url}` is no address"), help));
    }
    Ok(url.trim_end_matches('/'))
}

fn is_loopback(url: &str) -> bool {
    let rest = url.trim_start_matches("http://");
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let host = host
        .strip_prefix('[')
        .and_then(|host| host.split(']').next())
        .unwrap_or_else(|| host.split(':').next().unwrap_or_default());
    host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

fn roots(file: Option<&Path>) -> Result<RootCerts> {
    let text = match file {
        Some(file) => text_of(file)?,
        // Where there are none, no certificate is believed: that is told when one is met.
        None => AUTHORITIES.iter().find_map(|file| std::fs::read_to_string(file).ok()).unwrap_or_default(),
    };
    let items = parse_pem(text.as_bytes()).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    });
    let certificates: Vec<_> = items.collect();
    match file {
        Some(file) if certificates.is_empty() => Err(Failure::new(
            Code::Usage,
            format!("{} holds no certificate", file.display()),
            "give the authority's certificate as PEM",
        )),
        _ => Ok(RootCerts::new_with_certs(&certificates)),
    }
}
