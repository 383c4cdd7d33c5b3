//! One clinic on disk: a writer that commits requests in groups, readers beside it, and the head outside the file.

use std::any::Any;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

use aroeira_fhir::search::Own;
use aroeira_fhir::{Body, Index, Instant};
use bytes::Bytes;
use jiff::tz::TimeZone;
use tokio::sync::{Semaphore, oneshot};

use crate::journal::Entry;
use crate::keys::Key;
use crate::sqlite::job::Job;
use crate::sqlite::readers::{Readers, SEARCHES};
use crate::sqlite::setup::Setup;
use crate::sqlite::writer::Writer;
use crate::tables::{Transaction, View};
use crate::{Clock, Error, Result, Verification};

/// A record as it stands on disk.
#[derive(Debug, Clone)]
pub struct Record {
    pub(crate) rid: i64,
    /// Resource type.
    pub kind: String,
    /// Logical id.
    pub id: String,
    /// From 1.
    pub version: u32,
    /// When this version was written.
    pub updated: Instant,
    /// The journal entry that wrote it.
    pub sequence: u64,
    /// This version says that it is deleted.
    pub deleted: bool,
    /// Clinical date.
    pub effective: Instant,
    /// Its name in lists.
    pub label: String,
    /// JSON bytes, as they are served.
    pub body: Bytes,
    pub(crate) made: Made,
}

/// What was made of a record: a version never changes, so what was read of its body once need not be read again. Goes with
/// the memory of the record, and is not copied with it.
#[derive(Default)]
pub(crate) struct Made(OnceLock<Arc<dyn Any + Send + Sync>>);

impl Clone for Made {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl std::fmt::Debug for Made {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Made")
    }
}

impl Record {
    /// What `make` makes of this version: made once for as long as the record is remembered. Of a record one thing is made.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn made<T: Send + Sync + 'static, E>(
        &self,
        make: impl FnOnce() -> std::result::Result<T, E>,
    ) -> std::result::Result<Arc<T>, E> {
        if let Some(made) = self.made.0.get().and_then(|made| Arc::clone(made).downcast::<T>().ok()) {
            return Ok(made);
        }
        let made = Arc::new(make()?);
        // Another look may have been first: its is as good.
        let _first = self.made.0.set(Arc::clone(&made) as Arc<dyn Any + Send + Sync>);
        Ok(made)
    }
}

/// One version of a record.
#[derive(Debug, Clone)]
pub struct Version {
    /// From 1.
    pub version: u32,
    /// When.
    pub updated: Instant,
    /// The journal entry that wrote it.
    pub sequence: u64,
    /// Who wrote it.
    pub user: String,
    /// Code of the event that wrote it.
    pub event: String,
    /// It says that the record is deleted.
    pub deleted: bool,
    /// JSON bytes.
    pub body: Bytes,
}

/// The next version of a record, ready but for its number and time.
#[derive(Debug, Clone)]
pub struct Change {
    /// The body; knows its type and id.
    pub body: Body,
    /// What it is found by.
    pub index: Index,
    /// Clinical date; that of the write where there is none.
    pub effective: Option<Instant>,
    /// Its name in lists.
    pub label: String,
    /// It says that the record is deleted.
    pub deleted: bool,
}

/// A version that was written.
#[derive(Debug, Clone)]
pub struct Written {
    /// From 1.
    pub version: u32,
    /// When.
    pub updated: Instant,
    /// The bytes as they are now served.
    pub body: Bytes,
}

/// What `/metrics` says of a clinic.
#[derive(Debug, Clone, Copy, Default)]
pub struct Vitals {
    /// Jobs waiting for the writer.
    pub queue_depth: usize,
}

/// Where a clinic is and how it is opened.
pub(crate) struct Place {
    pub(crate) directory: PathBuf,
    pub(crate) clinic: String,
    pub(crate) key: Key,
    pub(crate) clock: Clock,
    pub(crate) cache_kb: u32,
    pub(crate) zone: TimeZone,
}

/// An open clinic. Cheap to share.
pub struct Store {
    readers: Arc<Readers>,
    /// Lists and searches wait for their turn here, on no thread.
    searches: Arc<Semaphore>,
    writer: Writer,
    place: Arc<Place>,
    salt: Key,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("clinic", &self.place.clinic).finish_non_exhaustive()
    }
}

impl Place {
    pub(crate) fn file(directory: &Path) -> PathBuf {
        directory.join("clinic.db")
    }
}

impl Store {
    /// Opens a clinic: migrates, reads the head, compares it with the one outside and starts the writer.
    pub(crate) fn open(place: Place) -> Result<Self> {
        let place = Arc::new(place);
        let mut setup = Setup::open(&place)?;
        let salt = setup.salt.clone();
        let path = Place::file(&place.directory);
        let readers = Arc::new(Readers::new(path, place.key.clone(), place.cache_kb, setup.head.sequence));
        if let Some(own) = setup.own().untold() {
            *readers.own.write() = Arc::new(own);
        }
        let writer = Writer::start(Arc::clone(&place), setup, Arc::clone(&readers))?;
        Ok(Self { readers, searches: Arc::new(Semaphore::new(SEARCHES)), writer, place, salt })
    }

    /// Looks at records where it stands: for what takes microseconds.
    ///
    /// # Errors
    /// Those of `look`.
    pub fn look<R>(&self, look: impl FnOnce(&View<'_>) -> Result<R>) -> Result<R> {
        self.readers.with(look)
    }

    /// Looks at records, for lists and searches: where it stands while that takes little, else once more from the
    /// beginning on a thread made for waiting.
    ///
    /// # Errors
    /// Those of `look`.
    pub async fn search<R: Send + 'static>(&self, look: impl Fn(&View<'_>) -> Result<R> + Send + 'static) -> Result<R> {
        if let Ok(_turn) = self.searches.try_acquire()
            && let Some(found) = self.readers.briefly(&look)?
        {
            return Ok(found);
        }
        self.waiting(move |readers| readers.with(look)).await
    }

    /// Looks at the journal where it stands: as [`Store::look`], with every entry there is.
    ///
    /// # Errors
    /// Those of `look`.
    pub fn look_at_journal<R>(&self, look: impl FnOnce(&View<'_>) -> Result<R>) -> Result<R> {
        self.readers.fresh(look)
    }

    /// Looks at the journal: as [`Store::search`], with every entry there is.
    ///
    /// # Errors
    /// Those of `look`.
    pub async fn search_journal<R: Send + 'static>(
        &self,
        look: impl FnOnce(&View<'_>) -> Result<R> + Send + 'static,
    ) -> Result<R> {
        self.waiting(move |readers| readers.fresh(look)).await
    }

    async fn waiting<R: Send + 'static>(&self, work: impl FnOnce(&Readers) -> Result<R> + Send + 'static) -> Result<R> {
        let readers = Arc::clone(&self.readers);
        let turn = Arc::clone(&self.searches).acquire_owned().await;
        let turn = turn.map_err(|_| Error::Internal("no turns are given".into()))?;
        // The text of a panic may hold what was being read: it stays out of the error.
        tokio::task::spawn_blocking(move || {
            // Held by the work, not by whoever asked: they may be gone before it ends.
            let _turn = turn;
            work(&readers)
        })
        .await
        .map_err(|_| Error::Internal("a reader ended in a defect".into()))?
    }

    /// Writes within one savepoint of the next group, with its journal entry (`None`: for what is no record), and answers
    /// once the group is on disk. An error of `write` undoes it and leaves no entry.
    ///
    /// # Errors
    /// Those of `write`; `Busy`, `Unknown`, `Unavailable` as `E`.
    pub async fn write<R, E>(
        &self,
        entry: Option<Entry>,
        write: impl FnOnce(&mut Transaction<'_>) -> std::result::Result<R, E> + Send + 'static,
    ) -> std::result::Result<R, E>
    where
        R: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.writer.send(Job::write(entry, write, reply))?;
        answer.await.unwrap_or_else(|_| Err(E::from(Error::Unknown)))
    }

    /// Like [`Store::write`], in a commit of its own: for large bundles, so that small requests are not held up twice.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn write_alone<R, E>(
        &self,
        entry: Option<Entry>,
        write: impl FnOnce(&mut Transaction<'_>) -> std::result::Result<R, E> + Send + 'static,
    ) -> std::result::Result<R, E>
    where
        R: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.writer.send(Job::write(entry, write, reply).alone())?;
        answer.await.unwrap_or_else(|_| Err(E::from(Error::Unknown)))
    }

    /// Appends an entry for something that changed no record: a read, a refusal. Answers once it is on disk.
    ///
    /// # Errors
    /// `Busy`, `Unknown`, `Unavailable`.
    pub async fn append(&self, entry: Entry) -> Result<()> {
        let (reply, answer) = oneshot::channel();
        self.writer.send(Job::Append(entry, reply))?;
        answer.await.unwrap_or(Err(Error::Unknown))
    }

    /// Keyed hash of a search's question: equal questions are recognised, none can be guessed.
    #[must_use]
    pub fn keyed_hash(&self, question: &[u8]) -> [u8; 32] {
        self.salt.mac(&[b"question\0", question])
    }

    /// The search parameters of the clinic's own, and how far the index of each is.
    #[must_use]
    pub fn own_parameters(&self) -> Arc<Own> {
        Arc::clone(&self.readers.own.read())
    }

    /// The clinic's time zone.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.place.zone
    }

    /// Brings the journal's index up to date: before an audit by event, user or record.
    ///
    /// # Errors
    /// `Busy`, `Unavailable`.
    pub async fn index_journal(&self) -> Result<()> {
        let (reply, answer) = oneshot::channel();
        self.writer.send(Job::IndexJournal(reply))?;
        answer.await.unwrap_or(Err(Error::Unknown))
    }

    /// Walks the chain and compares every body and the head outside the file.
    ///
    /// # Errors
    /// `Internal` when the file cannot be read; a broken chain is an answer.
    pub async fn verify(&self) -> Result<Verification> {
        let place = Arc::clone(&self.place);
        let salt = self.salt.clone();
        // The head is written first, so that a quiet clinic has none that lags: an older one was put there by a hand.
        let (reply, answer) = oneshot::channel();
        self.writer.send(Job::WriteHead(reply))?;
        let least = answer.await.unwrap_or(Err(Error::Unknown))?;
        self.waiting(move |readers| {
            let kept = crate::head::kept(&place.directory, &place.clinic, &place.key)?;
            crate::verify::walk(&salt, kept, Some(least), |step| readers.without_limit(step))
        })
        .await
    }

    /// For `/metrics`.
    #[must_use]
    pub fn vitals(&self) -> Vitals {
        Vitals { queue_depth: self.writer.depth().load(Ordering::Relaxed) }
    }

    /// Lets the writer finish what it has, write the head and end. Later writes answer `Unavailable`.
    pub async fn close(&self) {
        self.writer.close().await;
    }
}
