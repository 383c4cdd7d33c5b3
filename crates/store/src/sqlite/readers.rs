//! Readers beside the writer: a small pool of connections, opened when first needed. A look sees one moment of the
//! clinic, and its work is bounded. A moment is kept from look to look until a record changes: SQLite forgets a reader's
//! whole page cache at every new one, and every look is followed by a commit of its journal entry.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use aroeira_fhir::search::Own;
use parking_lot::{Condvar, Mutex, RwLock};
use rusqlite::Connection;

use super::memory::Memory;
use super::{Mode, open};
use crate::Result;
use crate::keys::Key;
use crate::tables::{self, View};

/// The most connections a clinic opens for reading.
const MOST: usize = 8;
/// Of these, how many lists and searches may have at once: the rest stay free for looks that take microseconds.
pub(crate) const SEARCHES: usize = 6;
/// Steps of SQLite's machine between two counts.
const STRIDE: i32 = 10_000;
/// Strides of one look: 50 million steps, a few seconds. The same question always ends at the same step.
const BUDGET: i64 = 5_000;
/// Strides of a look that is tried where its asker stands: 50,000 steps, well under a millisecond.
const BRIEF: i64 = 4;

pub(crate) struct Readers {
    path: PathBuf,
    key: Key,
    cache_kb: u32,
    state: Mutex<State>,
    returned: Condvar,
    /// Counts the commits that changed more than the journal.
    moment: AtomicU64,
    pub(crate) memory: Memory,
    /// The clinic's own search parameters, as last committed.
    pub(crate) own: RwLock<Arc<Own>>,
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
    /// The moment it stands at, in an open transaction.
    stands_at: Option<u64>,
    /// The last entry of the journal that is seen there.
    entry: i64,
}

impl Reader {
    /// Goes to the present, unless it stands there. The count is read first: the moment is that one or a later one.
    fn go_to(&mut self, moment: u64, fresh: bool) -> Result<()> {
        // An error of the disk ends a transaction by itself.
        if !fresh && self.stands_at == Some(moment) && !self.connection.is_autocommit() {
            return Ok(());
        }
        self.let_go()?;
        self.connection.prepare_cached("BEGIN")?.execute([])?;
        // SQLite goes there with the first question, so this is asked at once.
        self.entry = tables::last_entry(&self.connection)?;
        self.stands_at = Some(moment);
        Ok(())
    }

    fn let_go(&mut self) -> Result<()> {
        self.stands_at = None;
        if !self.connection.is_autocommit() {
            self.connection.prepare_cached("COMMIT")?.execute([])?;
        }
        Ok(())
    }
}

/// What was found, if it was looked at to the end: whoever passes over an interruption would take half for the whole.
fn whole<R>((found, spent): (Result<R>, bool)) -> Result<R> {
    if spent { Err(crate::Error::TOO_MUCH) } else { found }
}

impl Readers {
    /// Three quarters of the cache remember records, which pages hold among much else; a sixteenth of it is each reader's
    /// own. The one returned last is lent first: only as many readers fill theirs as look at once.
    pub(crate) fn new(path: PathBuf, key: Key, cache_kb: u32, head: i64) -> Self {
        let (moment, memory) = (AtomicU64::new(0), Memory::new(cache_kb / 4 * 3, head));
        let cache_kb = (cache_kb / 16).max(512);
        let own = RwLock::default();
        Self { path, key, cache_kb, state: Mutex::default(), returned: Condvar::new(), moment, memory, own }
    }

    /// Runs `look` on one moment of the clinic, with every record as it stands now; the journal's last entries may still
    /// be missing. The connection last returned is taken first: its cache is warm.
    pub(crate) fn with<R>(&self, look: impl FnOnce(&View<'_>) -> Result<R>) -> Result<R> {
        whole(self.within(BUDGET, false, look))
    }

    /// As [`Readers::with`], for a look that may take long: `None` when it turned out to.
    pub(crate) fn briefly<R>(&self, look: impl FnOnce(&View<'_>) -> Result<R>) -> Result<Option<R>> {
        match self.within(BRIEF, false, look) {
            (_, true) => Ok(None),
            (found, false) => found.map(Some),
        }
    }

    /// Runs `look` on this very moment, the journal included.
    pub(crate) fn fresh<R>(&self, look: impl FnOnce(&View<'_>) -> Result<R>) -> Result<R> {
        whole(self.within(BUDGET, true, look))
    }

    /// Runs `look` on this very moment, however much work it is.
    pub(crate) fn without_limit<R>(&self, look: impl FnOnce(&Connection) -> Result<R>) -> Result<R> {
        self.within(i64::MAX, true, |view| look(view.connection())).0
    }

    /// Answers what was found, and whether the budget was spent before it was whole.
    fn within<R>(&self, budget: i64, fresh: bool, look: impl FnOnce(&View<'_>) -> Result<R>) -> (Result<R>, bool) {
        let mut lent = match self.take() {
            Ok(reader) => Lent { readers: self, reader: Some(reader), whole: false },
            Err(error) => return (Err(error), false),
        };
        let moment = self.moment.load(Ordering::SeqCst);
        let Some(reader) = &mut lent.reader else {
            return (Err(crate::Error::Internal("a lent connection is gone".into())), false);
        };
        reader.left.store(budget, Ordering::Relaxed);
        if let Err(error) = reader.go_to(moment, fresh) {
            return (Err(error), false);
        }
        let view = View::remembering(&reader.connection, &self.memory, reader.entry);
        let found = look(&if budget == BRIEF { view.briefly(&reader.left) } else { view });
        let spent = reader.left.load(Ordering::Relaxed) < 0;
        lent.whole = found.is_ok() && !spent;
        (found, spent)
    }

    /// A commit changed more than the journal, or the log is to be shortened: readers that nobody uses let go of the moment
    /// they stand at, the others go to the present at their next look. Called before anybody is answered.
    pub(crate) fn let_go(&self) {
        self.moment.fetch_add(1, Ordering::SeqCst);
        let mut state = self.state.lock();
        for reader in &mut state.idle {
            if let Err(error) = reader.let_go() {
                tracing::warn!(error = %error, "a reader stands still until its next look");
            }
        }
    }

    /// Does `work` while no reader stands anywhere; `None` when one is still busy after `patience`. Looks wait meanwhile.
    pub(crate) fn quiet<R>(&self, patience: Duration, work: impl FnOnce() -> R) -> Option<R> {
        let until = std::time::Instant::now() + patience;
        let mut state = self.state.lock();
        while state.idle.len() < state.open {
            if self.returned.wait_until(&mut state, until).timed_out() {
                return None;
            }
        }
        for reader in &mut state.idle {
            if let Err(error) = reader.let_go() {
                tracing::warn!(error = %error, "a reader stands still");
                return None;
            }
        }
        Some(work())
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
        Ok(Reader { connection, left, stands_at: None, entry: 0 })
    }

    fn lost(&self) {
        self.state.lock().open -= 1;
        self.returned.notify_all();
    }
}

/// Gives its connection back when dropped, so that a panic in a reader costs no connection; after anything but a whole
/// look none stands still in time.
struct Lent<'a> {
    readers: &'a Readers,
    reader: Option<Reader>,
    whole: bool,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let Some(mut reader) = self.reader.take() else { return };
        reader.left.store(i64::MAX, Ordering::Relaxed);
        if !self.whole
            && let Err(error) = reader.let_go()
        {
            tracing::warn!(error = %error, "a reader was dropped");
            drop(reader);
            self.readers.lost();
            return;
        }
        self.readers.state.lock().idle.push(reader);
        self.readers.returned.notify_all();
    }
}
