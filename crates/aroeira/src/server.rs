//! What `serve` and `demo` share: an installation behind its two doors, the web and the local socket, until a signal ends
//! both.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use tokio::signal::unix::{SignalKind, signal};

use crate::config::Config;
use crate::control;
use crate::failure::{Code, Failure, Result};
use crate::installation::Own;

/// Serves until SIGTERM or SIGINT. `ready` is told the addresses once requests are answered. The installation is closed
/// and its heads are written, however this ends.
pub(crate) async fn run<R>(config: &Config, options: aroeira_web::Options, own: Own, ready: R) -> Result<()>
where
    R: FnOnce(&[SocketAddr]) -> Result<()> + Send,
{
    let served = both_doors(config, options, &own, ready).await;
    own.house.close().await;
    tracing::info!("closed");
    served
}

async fn both_doors<R>(config: &Config, options: aroeira_web::Options, own: &Own, ready: R) -> Result<()>
where
    R: FnOnce(&[SocketAddr]) -> Result<()> + Send,
{
    let mut end = Signals::new()?;
    let socket = control::Listener::bind(&config.store.data)?;
    let mut announced = Ok(());
    let announce = |addresses: Vec<SocketAddr>| {
        for address in &addresses {
            tracing::info!(%address, "listening");
        }
        announced = ready(&addresses);
    };
    let (house, clock, ids) = (own.house.clone(), own.clock.clone(), own.ids.clone());
    let web = aroeira_web::serve(house, options, clock, ids, end.received(), announce);
    tokio::select! {
        served = web => served.map_err(|e| not_listening(&e))?,
        () = socket.serve(own) => {}
    }
    announced
}

/// The signals that end a server.
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> Result<Self> {
        let listen = |kind| {
            signal(kind).map_err(|e| {
                Failure::new(Code::Failed, format!("no signal can be received: {e}"), "report this as a defect")
            })
        };
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    async fn received(&mut self) {
        let name = tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        };
        tracing::info!(signal = name, "ending: requests under way are answered");
    }
}

/// Whether every address can be had now.
pub(crate) fn is_free(options: &aroeira_web::Options) -> Result<()> {
    for address in &options.listen {
        TcpListener::bind(address)
            .map_err(|e| not_listening(&std::io::Error::new(e.kind(), format!("cannot listen on {address}: {e}"))))?;
    }
    Ok(())
}

fn not_listening(error: &std::io::Error) -> Failure {
    let (code, help) = match error.kind() {
        ErrorKind::AddrInUse => (
            Code::Refused,
            "another program listens there: stop it, or take another port (`demo --port 8081`, or server.listen)",
        ),
        ErrorKind::PermissionDenied => (
            Code::Refused,
            "ports under 1024 need a right of their own: take a higher one, or give CAP_NET_BIND_SERVICE",
        ),
        ErrorKind::AddrNotAvailable => {
            (Code::Usage, "server.listen must be an address of this machine, or 0.0.0.0 or [::]")
        }
        _ => (Code::Failed, "look at [server] of `aroeira config`"),
    };
    Failure::new(code, error.to_string(), help)
}

/// Writes the first address; whole or not at all, since somebody waits for the file.
pub(crate) fn ready_file(path: Option<&Path>, addresses: &[SocketAddr]) -> Result<()> {
    let (Some(path), Some(address)) = (path, addresses.first()) else { return Ok(()) };
    let partial = path.with_extension("partial");
    std::fs::write(&partial, format!("{address}\n"))
        .and_then(|()| std::fs::rename(&partial, path))
        .map_err(|e| Failure::file("the ready file", path, &e))
}
