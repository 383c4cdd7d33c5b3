//! The local socket of a running server, `aroeira.sock` in the data directory (0600): how commands reach an installation
//! that a server holds. A request is a line of JSON, `{"request": ..., "payload": bytes}`, and that many bytes; the answer
//! is a line, `{"done": ...}` or `{"failed": {"code", "error", "help"}}`.

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{UnixListener, UnixStream};

use crate::failure::{Code, Failure, Result};
use crate::installation::{BUNDLE, Own, Reply, Request};

/// Name of the socket in the data directory.
const NAME: &str = "aroeira.sock";
/// A request's line is short: what is long is its payload.
const LINE: u64 = 64 << 10;

#[derive(Serialize, Deserialize)]
struct Envelope<R> {
    request: R,
    payload: usize,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    Done(Reply),
    Failed(Failure),
}

/// A path to the socket that fits into a socket address (108 bytes), however deep the directory is.
struct Address {
    path: PathBuf,
    _directory: std::fs::File,
}

impl Address {
    fn of(data: &Path) -> io::Result<Self> {
        let directory = std::fs::File::open(data)?;
        let path = PathBuf::from(format!("/proc/self/fd/{}/{NAME}", directory.as_raw_fd()));
        Ok(Self { path, _directory: directory })
    }
}

/// The server's end; the file goes when this is dropped.
pub(crate) struct Listener {
    listener: UnixListener,
    file: PathBuf,
}

impl Listener {
    /// Listens in the data directory of an installation that this process holds: a socket file found there is stale.
    pub(crate) fn bind(data: &Path) -> Result<Self> {
        let file = data.join(NAME);
        let listen = || {
            match std::fs::remove_file(&file) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                _ => {}
            }
            let address = Address::of(data)?;
            let listener = UnixListener::bind(&address.path)?;
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600))?;
            Ok(listener)
        };
        let listener = listen().map_err(|e| Failure::file("the socket", &file, &e))?;
        Ok(Self { listener, file })
    }

    /// Serves commands until it is dropped.
    pub(crate) async fn serve(&self, own: &Own) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let own = own.clone();
                    tokio::spawn(async move {
                        if let Err(e) = converse(stream, &own).await {
                            tracing::debug!(error = %e, "a command left");
                        }
                    });
                }
                Err(e) => {
                    tracing::warn!(error = %e, "the local socket takes no command");
                    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
                }
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}

async fn converse(stream: UnixStream, own: &Own) -> io::Result<()> {
    let mut stream = BufStream::new(stream);
    while let Some(envelope) = read_line::<Envelope<Request>>(&mut stream).await? {
        if envelope.payload > BUNDLE.bytes {
            let failure = Failure::new(Code::Usage, "the bundle is larger than 256 MiB", "split it into smaller ones");
            return write_line(&mut stream, &Answer::Failed(failure)).await;
        }
        let mut payload = Vec::new();
        (&mut stream).take(envelope.payload as u64).read_to_end(&mut payload).await?;
        if payload.len() < envelope.payload {
            return Ok(());
        }
        let answer = match own.perform(envelope.request, payload).await {
            Ok(reply) => Answer::Done(reply),
            Err(failure) => Answer::Failed(failure),
        };
        write_line(&mut stream, &answer).await?;
    }
    Ok(())
}

/// A command's end.
pub(crate) struct Connection(BufStream<UnixStream>);

impl Connection {
    /// Connects to the server that holds an installation; `None` where nobody listens.
    pub(crate) async fn to(data: &Path) -> Result<Option<Self>> {
        let connect = async {
            let address = Address::of(data)?;
            UnixStream::connect(&address.path).await
        };
        match connect.await {
            Ok(stream) => Ok(Some(Self(BufStream::new(stream)))),
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => Ok(None),
            Err(e) => Err(Failure::file("the socket of the running server", &data.join(NAME), &e)),
        }
    }

    pub(crate) async fn ask(&mut self, request: &Request, payload: &[u8]) -> Result<Reply> {
        let exchange = async {
            write_line(&mut self.0, &Envelope { request, payload: payload.len() }).await?;
            self.0.write_all(payload).await?;
            self.0.flush().await?;
            read_line::<Answer>(&mut self.0).await
        };
        match exchange.await {
            Ok(Some(Answer::Done(reply))) => Ok(reply),
            Ok(Some(Answer::Failed(failure))) => Err(failure),
            Ok(None) => Err(lost("it closed the connection")),
            Err(e) => Err(lost(&e.to_string())),
        }
    }
}

fn lost(why: &str) -> Failure {
    Failure::new(
        Code::Failed,
        format!("the running server did not answer: {why}"),
        "look at its log; the command may have been done, so check before you repeat it",
    )
}

async fn read_line<T: serde::de::DeserializeOwned>(stream: &mut BufStream<UnixStream>) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    if stream.take(LINE).read_until(b'\n', &mut line).await? == 0 {
        return Ok(None);
    }
    Ok(Some(serde_json::from_slice(&line)?))
}

async fn write_line<T: Serialize>(stream: &mut BufStream<UnixStream>, value: &T) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    stream.flush().await
}
