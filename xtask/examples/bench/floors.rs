//! What the machine gives at best: the same bytes from a bare axum handler, the same rows into plain SQLite.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::header;
use axum::routing::get;
use rusqlite::{Connection, params};

use crate::process;

/// Serves the bytes of a file from a handler that does nothing else, until it is killed.
pub(crate) async fn bare(body: &Path, ready: &Path) -> io::Result<()> {
    let bytes: &'static [u8] = Vec::leak(std::fs::read(body)?);
    let answer = move || async move {
        ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], bytes)
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    std::fs::write(ready, listener.local_addr()?.to_string())?;
    axum::serve(listener, Router::new().route("/", get(answer))).await
}

/// Creates a second and CPU-ms a create of plain SQLite: for each a journal row, a resource row, its version and the rows
/// of its search index, `group` of them in one durable transaction.
pub(crate) fn sqlite(file: &Path, group: u64, body: &str) -> rusqlite::Result<(f64, f64)> {
    const LEAST: Duration = Duration::from_secs(3);
    const INDEX_ROWS: i64 = 12;
    let mut db = Connection::open(file)?;
    db.execute_batch(
        "pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -16384;
         create table journal (sequence integer primary key, entry blob not null, hash blob not null) strict;
         create table resource (key integer primary key, type text not null, id text not null, version integer not null,
             updated integer not null, body blob not null, unique (type, id)) strict;
         create table version (key integer not null, version integer not null, body blob not null,
             primary key (key, version)) strict, without rowid;
         create table search (param integer not null, value text not null, key integer not null,
             primary key (param, value, key)) strict, without rowid;",
    )?;
    let (begun, used) = (Instant::now(), process::cpu("self"));
    let (entry, hash) = ([7_u8; 300], [9_u8; 32]);
    let mut n = 0_i64;
    while begun.elapsed() < LEAST {
        let tx = db.transaction()?;
        {
            let mut journal = tx.prepare_cached("insert into journal (entry, hash) values (?1, ?2)")?;
            let mut resource = tx.prepare_cached("insert into resource values (?1, 'Composition', ?2, 1, ?1, ?3)")?;
            let mut version = tx.prepare_cached("insert into version values (?1, 1, ?2)")?;
            let mut search = tx.prepare_cached("insert into search values (?1, ?2, ?3)")?;
            for _ in 0..group {
                n += 1;
                journal.execute(params![entry, hash])?;
                resource.execute(params![n, format!("0197d3a0-{n:027}"), body.as_bytes()])?;
                version.execute(params![n, body.as_bytes()])?;
                for row in 0..INDEX_ROWS {
                    // A scattered value, as words and dates are.
                    search.execute(params![row, format!("{:016x}", n.wrapping_mul(0x5851_F42D_4C95_7F2D)), n])?;
                }
            }
        }
        tx.commit()?;
    }
    let cpu = process::cpu("self").checked_sub(used).unwrap_or_default();
    Ok((n as f64 / begun.elapsed().as_secs_f64(), cpu.as_secs_f64() * 1e3 / n.max(1) as f64))
}
