//! The listeners: TCP or TLS, a redirect from plain HTTP, and an end that cuts no request.

use std::future::{Future, Ready, ready};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use aroeira_clinic::{Clock, House, Ids};
use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum_server::accept::Accept;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use axum_server::{Handle, Server};
use http::{StatusCode, header};
use hyper_util::rt::TokioTimer;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_io_timeout::TimeoutStream;

use crate::options::Tls;
use crate::state::App;
use crate::{Options, metrics, routes};

/// How long requests under way may take once the end is asked for; connections still open then are closed.
const GRACE: Duration = Duration::from_secs(8);
/// How long a client may leave unread what is sent to it.
const UNREAD: Duration = Duration::from_secs(60);
/// How long a client may take to send its headers, also between two requests of a connection.
const HEADERS: Duration = Duration::from_secs(30);

/// Serves until `shutdown` resolves, then finishes what is under way and returns. `ready` is told the addresses listened
/// on, once connections are accepted.
///
/// # Errors
/// An address that is taken, a certificate or key that cannot be read: the text names the address or the file.
pub async fn serve<S, R>(
    house: House,
    options: Options,
    clock: Clock,
    ids: Ids,
    shutdown: S,
    ready: R,
) -> io::Result<()>
where
    S: Future<Output = ()> + Send,
    R: FnOnce(Vec<SocketAddr>) + Send,
{
    let tls = options.tls.as_ref().map(tls_config).transpose()?;
    let listeners = options.listen.iter().map(|address| bind(*address)).collect::<io::Result<Vec<_>>>()?;
    let addresses = listeners.iter().map(TcpListener::local_addr).collect::<io::Result<Vec<_>>>()?;
    let redirect = options.redirect.filter(|_| tls.is_some()).map(bind).transpose()?;
    let most_headers = options.limits.headers.max(16);

    let app = App::new(house, options, clock, ids);
    let chores = tokio::spawn(chores(app.clone()));
    let router = routes::assemble(app);
    let handle = Handle::new();
    let mut servers = JoinSet::new();
    for listener in listeners {
        servers.spawn(run(listener, tls.clone(), router.clone(), handle.clone(), most_headers));
    }
    if let Some(listener) = redirect {
        let port = addresses.first().map_or(443, SocketAddr::port);
        let router = Router::new().fallback(to_https).with_state(port);
        servers.spawn(run(listener, None, router, handle.clone(), most_headers));
    }
    ready(addresses);

    tokio::pin!(shutdown);
    let mut outcome = Ok(());
    tokio::select! {
        () = &mut shutdown => {}
        Some(ended) = servers.join_next() => outcome = ended.map_err(io::Error::other).flatten(),
    }
    handle.graceful_shutdown(Some(GRACE));
    while let Some(ended) = servers.join_next().await {
        outcome = outcome.and(ended.map_err(io::Error::other).flatten());
    }
    chores.abort();
    outcome
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"));
    let listener = TcpListener::bind(address).map_err(named)?;
    listener.set_nonblocking(true).map_err(named)?;
    Ok(listener)
}

async fn run(
    listener: TcpListener,
    tls: Option<RustlsConfig>,
    router: Router,
    handle: Handle<SocketAddr>,
    most_headers: usize,
) -> io::Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let mut server = axum_server::from_tcp(listener)?.handle(handle);
    tune(&mut server, most_headers);
    match tls {
        Some(tls) => server.acceptor(RustlsAcceptor::new(tls).acceptor(Prompt)).serve(service).await,
        None => server.acceptor(Prompt).serve(service).await,
    }
}

/// Accepts connections that send at once, and end when nobody takes what is sent: an answer that is not read stays in
/// memory.
#[derive(Clone, Copy)]
struct Prompt;

impl<S> Accept<TcpStream, S> for Prompt {
    type Stream = Pin<Box<TimeoutStream<TcpStream>>>;
    type Service = S;
    type Future = Ready<io::Result<(Self::Stream, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let prompt = stream.set_nodelay(true).map(|()| {
            let mut stream = TimeoutStream::new(stream);
            stream.set_write_timeout(Some(UNREAD));
            (Box::pin(stream), service)
        });
        ready(prompt)
    }
}

fn tune(server: &mut Server<SocketAddr>, most_headers: usize) {
    let builder = server.http_builder();
    // The gate answers 431 in our own words; this bound only keeps what it is given small.
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS).max_headers(most_headers * 2);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(Duration::from_secs(30)))
        .max_concurrent_streams(200)
        .max_header_list_size(32 << 10);
}

/// TLS 1.2 and 1.3 with HTTP/2 and HTTP/1.1.
fn tls_config(tls: &Tls) -> io::Result<RustlsConfig> {
    let unread = |path: &Path, error: &dyn std::fmt::Display| {
        io::Error::new(io::ErrorKind::InvalidData, format!("cannot use {}: {error}", path.display()))
    };
    let chain = CertificateDer::pem_file_iter(&tls.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unread(&tls.certificate, &error))?;
    if chain.is_empty() {
        return Err(unread(&tls.certificate, &"it holds no certificate"));
    }
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(|error| unread(&tls.key, &error))?;
    metrics::serves_certificate(&chain[0]);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| unread(&tls.certificate, &error))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(RustlsConfig::from_config(Arc::new(config)))
}

/// Sends a plain request to the same place under https.
async fn to_https(State(port): State<u16>, request: Request) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let Some(name) = host.and_then(host_name) else { return StatusCode::BAD_REQUEST.into_response() };
    let port = if port == 443 { String::new() } else { format!(":{port}") };
    let path = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, format!("https://{name}{port}{path}"))]).into_response()
}

/// The host without its port, if it is a name or an address at all.
fn host_name(host: &str) -> Option<&str> {
    let end = if host.starts_with('[') { host.find(']')? + 1 } else { host.find(':').unwrap_or(host.len()) };
    let name = &host[..end];
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._[]:".contains(&b);
    (!name.is_empty() && name.bytes().all(plain)).then_some(name)
}

/// What is done now and then: crowds noticed, full buckets dropped, measurements moved on.
async fn chores(app: App) {
    let mut second = tokio::time::interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for turn in 0_u64.. {
        second.tick().await;
        app.buckets().watch();
        if turn % 5 == 0 {
            metrics::upkeep();
        }
        if turn % 60 == 0 {
            metrics::measure(app.house().clone()).await;
            app.buckets().sweep();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address() {
        assert_eq!(host_name("clinic.example:8080"), Some("clinic.example"));
        assert_eq!(host_name("[::1]:80"), Some("[::1]"));
        assert_eq!(host_name("192.0.2.1"), Some("192.0.2.1"));
        for wrong in ["", ":80", "a b", "a/b", "evil.example@x", "[::1"] {
            assert_eq!(host_name(wrong), None, "{wrong}");
        }
    }
}
