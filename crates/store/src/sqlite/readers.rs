//! Readers beside the writer: a small pool of connections, opened when first needed. A look sees one moment of the
//! clinic, and its work is bounded.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use parking_lot::{Condvar, Mutex};
use rusqlite::Connection;

use super::{Mode, open};
use crate::Result;
use crate::keys::Key;

/// The most connections a clinic opens for reading.
const MOST: usize = 8;
/// Of these, how many lists and searches may have at once: the rest stay free for looks that take microseconds.
pub(crate) const SEARCHES: usize = 6;
/// Steps of SQLite's machine between two counts.
const STRIDE: i32 = 10_000;
/// Strides of one look: 50 million steps, a few seconds. The same question always ends at the same step.
const BUDGET: i64 = 5_000;

pub(crate) struct Readers {
    path: PathBuf,
    key: Key,
    cache_kb: u32,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Reader>,
    open: usize,
}

struct Reader {
    connection: Connection,
    /// Strides left of this look.
    left: Arc<AtomicI64>,
}

impl Readers {
    pub(crate) fn new(path: PathBuf, key: Key, cache_kb: u32) -> Self {
        Self { path, key, cache_kb, state: Mutex::default(), returned: Condvar::new() }
    }

    /// Runs `look` on one moment of the clinic. The connection last returned is taken first: its cache is warm.
    pub(crate) fn with<R>(&self, look: impl FnOnce(&Connection) -> Result<R>) -> Result<R> {
        self.within(BUDGET, look)
    }

    /// Runs `look` however much work it is.
    pub(crate) fn without_limit<R>(&self, look: impl FnOnce(&Connection) -> Result<R>) -> Result<R> {
        self.within(i64::MAX, look)
    }

    fn within<R>(&self, budget: i64, look: impl FnOnce(&Connection) -> Result<R>) -> Result<R> {
        let lent = Lent { readers: self, reader: Some(self.take()?) };
        let Some(reader) = &lent.reader else {
            return Err(crate::Error::Internal("a lent connection is gone".into()));
        };
        reader.left.store(budget, Ordering::Relaxed);
        reader.connection.prepare_cached("BEGIN")?.execute([])?;
        // Its end is the lender's: also after an error or a panic.
        look(&reader.connection)
    }

    fn take(&self) -> Result<Reader> {
        let mut state = self.state.lock();
        loop {
            if let Some(reader) = state.idle.pop() {
                return Ok(reader);
            }
            if state.open < MOST {
                state.open += 1;
                drop(state);
                let opened = self.open();
                if opened.is_err() {
                    self.lost();
                }
                return opened;
            }
            self.returned.wait(&mut state);
        }
    }

    fn open(&self) -> Result<Reader> {
        let mut connection = open(&self.path, &self.key, Mode::Read, self.cache_kb)?;
        let left = Arc::new(AtomicI64::new(0));
        let seen = Arc::clone(&left);
        connection.progress_handler(STRIDE, Some(move || seen.fetch_sub(1, Ordering::Relaxed) <= 0))?;
        Ok(Reader { connection, left })
    }

    fn lost(&self) {
        self.state.lock().open -= 1;
        self.returned.notify_one();
    }
}

/// Ends the look and gives its connection back when dropped, so that a panic in a reader costs no connection and leaves
/// none that stands still in time.
struct Lent<'a> {
    readers: &'a Readers,
    reader: Option<Reader>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let Some(reader) = self.reader.take() else { return };
        reader.left.store(i64::MAX, Ordering::Relaxed);
        if !reader.connection.is_autocommit()
            && let Err(error) = reader.connection.prepare_cached("COMMIT").and_then(|mut end| end.execute([]))
        {
            tracing::warn!(error = %error, "a reader was dropped");
            drop(reader);
            self.readers.lost();
            return;
        }
        self.readers.state.lock().idle.push(reader);
        self.readers.returned.notify_one();
    }
}
