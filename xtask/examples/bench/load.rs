//! The load: keep-alive connections over raw sockets, each asking again as soon as it was answered. Requests are bytes
//! made beforehand, so that the client costs as little as it can.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Not measured: connections open, caches fill.
const WARM_UP: Duration = Duration::from_millis(700);
const MEASURED: Duration = Duration::from_secs(4);

/// What a load measured.
pub(crate) struct Load {
    pub(crate) rate: f64,
    /// Milliseconds.
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) p99: f64,
    /// Of the server, all its threads.
    pub(crate) cpu_ms: f64,
    pub(crate) requests: u64,
    pub(crate) failures: u64,
}

/// One connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 << 10) })
    }

    /// Sends a request and reads its answer: status and body.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> io::Result<(u16, &[u8])> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            if let Some(end) = memmem::find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
            self.fill().await?;
        };
        // Both servers write their headers in lower case. The client must cost little: it shares the machine.
        let said = &self.buffer[..head];
        let wrong = || io::Error::new(io::ErrorKind::InvalidData, "an answer without status or length");
        let status = said.get(9..12).and_then(number).ok_or_else(wrong)?;
        let length = memmem::find(said, b"\r\ncontent-length: ").and_then(|at| {
            let rest = &said[at + 18..];
            number(&rest[..rest.iter().position(|b| *b == b'\r')?])
        });
        let length = if status == 204 || status == 304 { 0 } else { length.ok_or_else(wrong)? };
        let status = u16::try_from(status).map_err(io::Error::other)?;
        while self.buffer.len() < head + length {
            self.fill().await?;
        }
        Ok((status, &self.buffer[head..]))
    }

    async fn fill(&mut self) -> io::Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

fn number(digits: &[u8]) -> Option<usize> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// A request's bytes.
pub(crate) fn request(method: &str, path: &str, token: &str, body: &str) -> Vec<u8> {
    let bearer = if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
    let length = if body.is_empty() {
        String::new()
    } else {
        format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len())
    };
    format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{bearer}{length}\r\n{body}").into_bytes()
}

/// Asks with so many connections at once; the nth request of all is `made[n % made.len()]`.
pub(crate) async fn run(
    address: SocketAddr,
    connections: usize,
    made: &[Vec<u8>],
    cpu: impl Fn() -> Duration,
) -> io::Result<Load> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let made: std::sync::Arc<[Vec<u8>]> = made.into();
    let begun = Instant::now() + WARM_UP;
    let end = begun + MEASURED;
    let mut tasks = Vec::new();
    for _ in 0..connections {
        let made = std::sync::Arc::clone(&made);
        let mut connection = Connection::open(address).await?;
        tasks.push(tokio::spawn(async move {
            let (mut times, mut failures) = (Vec::with_capacity(1 << 16), 0_u64);
            loop {
                // A large odd step visits every request, neighbours far apart.
                let n = NEXT.fetch_add(7919, Ordering::Relaxed) as usize % made.len();
                let sent = Instant::now();
                if sent >= end {
                    return Ok::<_, io::Error>((times, failures));
                }
                let (status, _) = connection.ask(&made[n]).await?;
                if sent >= begun {
                    times.push(sent.elapsed().as_micros() as u32);
                    failures += u64::from(!(200..300).contains(&status));
                }
            }
        }));
    }
    tokio::time::sleep_until(begun.into()).await;
    let before = cpu();
    tokio::time::sleep_until(end.into()).await;
    let used = cpu() - before;
    let (mut times, mut failures) = (Vec::new(), 0);
    for task in tasks {
        let (mine, failed) = task.await.map_err(io::Error::other)??;
        times.extend(mine);
        failures += failed;
    }
    times.sort_unstable();
    let at = |share: f64| {
        times
            .get(((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1)))
            .map_or(0.0, |t| f64::from(*t) / 1e3)
    };
    let requests = times.len() as u64;
    Ok(Load {
        rate: requests as f64 / MEASURED.as_secs_f64(),
        p50: at(0.5),
        p95: at(0.95),
        p99: at(0.99),
        cpu_ms: used.as_secs_f64() * 1e3 / requests.max(1) as f64,
        requests,
        failures,
    })
}
