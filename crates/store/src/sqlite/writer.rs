//! The one writer of a clinic. It drains its queue and commits many requests in one durable transaction, each in its own
//! savepoint; replies are sent after the commit. An error from the disk is never retried into a yes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::time::Duration;

use tokio::sync::oneshot;

use super::copier::{Copier, Copy};
use super::readers::Readers;
use super::setup::Setup;
use crate::journal::Entry;
use crate::store::Place;
use crate::tables::Transaction;
use crate::{Error, Result};

/// Requests in one commit, at most.
const GROUP: usize = 256;
/// Requests waiting, at most; beyond it callers are told to come back.
const QUEUE: usize = 4096;
/// How long the head outside may lag, and how often an idle writer looks after its house.
const TICK: Duration = Duration::from_millis(250);
/// How long a writer with nothing to do sleeps.
const REST: Duration = Duration::from_secs(30);
/// A writer that is never idle looks after its house this often.
const OVERDUE: Duration = Duration::from_secs(5);
/// After so many commits the log is copied into the file, beside the writer, and then begun anew.
const STANDING: u32 = 128;
/// After so many the writer waits for the copy.
const OVERLONG: u32 = 4 * STANDING;
/// How long the writer waits for readers to finish their looks, when it wants to begin the log anew.
const QUIET: Duration = Duration::from_millis(2);
/// Journal entries indexed in one idle turn: a few milliseconds.
const IDLE_INDEX: usize = 500;
/// The same while somebody waits for it.
const ASKED_INDEX: usize = 5000;

/// Work inside a savepoint, and its reply.
pub(crate) trait Work: Send {
    /// Runs it; true keeps what it wrote.
    fn run(&mut self, transaction: &mut Transaction<'_>) -> bool;
    /// The group was committed, or why not.
    fn done(self: Box<Self>, failed: Option<Error>);
}

struct Closure<F, R, E> {
    write: Option<F>,
    result: Option<std::result::Result<R, E>>,
    reply: oneshot::Sender<std::result::Result<R, E>>,
}

impl<F, R, E> Work for Closure<F, R, E>
where
    F: FnOnce(&mut Transaction<'_>) -> std::result::Result<R, E> + Send,
    R: Send,
    E: From<Error> + Send,
{
    fn run(&mut self, transaction: &mut Transaction<'_>) -> bool {
        let Some(write) = self.write.take() else { return false };
        // A defect in one request ends that request and not the clinic's only writer.
        let result = catch_unwind(AssertUnwindSafe(|| write(transaction)))
            .unwrap_or_else(|_| Err(E::from(Error::Internal("a write ended in a defect".into()))));
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }

    fn done(self: Box<Self>, failed: Option<Error>) {
        let answer = match (failed, self.result) {
            // A refusal stands whatever became of the group: it changed nothing.
            (_, Some(Err(refused))) => Err(refused),
            (Some(failed), _) => Err(E::from(failed)),
            (None, Some(Ok(done))) => Ok(done),
            (None, None) => Err(E::from(Error::Internal("work was not run".into()))),
        };
        // Whoever asked may have gone: the work is done all the same.
        let _gone = self.reply.send(answer);
    }
}

/// What the writer is asked to do.
pub(crate) enum Job {
    Write {
        entry: Option<Entry>,
        work: Box<dyn Work>,
        alone: bool,
    },
    Append(Entry, oneshot::Sender<Result<()>>),
    IndexJournal(oneshot::Sender<Result<()>>),
    /// Answers where the head then stands.
    WriteHead(oneshot::Sender<Result<i64>>),
    Close(oneshot::Sender<()>),
}

impl Job {
    pub(crate) fn write<R, E>(
        entry: Option<Entry>,
        write: impl FnOnce(&mut Transaction<'_>) -> std::result::Result<R, E> + Send + 'static,
        reply: oneshot::Sender<std::result::Result<R, E>>,
    ) -> Self
    where
        R: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        Self::Write { entry, work: Box::new(Closure { write: Some(write), result: None, reply }), alone: false }
    }

    pub(crate) fn alone(mut self) -> Self {
        if let Self::Write { alone, .. } = &mut self {
            *alone = true;
        }
        self
    }
}

/// The caller's end of the queue.
pub(crate) struct Writer {
    queue: SyncSender<Job>,
    depth: Arc<AtomicUsize>,
}

impl Writer {
    pub(crate) fn start(place: Arc<Place>, setup: Setup, readers: Arc<Readers>) -> Result<Self> {
        let (queue, jobs) = sync_channel(QUEUE);
        let depth = Arc::new(AtomicUsize::new(0));
        let now = std::time::Instant::now();
        let thread = Thread {
            place,
            setup: Some(setup),
            jobs,
            depth: Arc::clone(&depth),
            head_lags: false,
            last_head: now,
            last_tidy: now,
            indexing: Vec::new(),
            readers,
            standing: 0,
            copier: Copier::default(),
        };
        std::thread::Builder::new()
            .name("clinic-writer".into())
            .spawn(move || thread.run())
            .map_err(|e| Error::Internal(format!("no thread for the writer: {e}")))?;
        Ok(Self { queue, depth })
    }

    pub(crate) fn send(&self, job: Job) -> Result<()> {
        self.depth.fetch_add(1, Ordering::Relaxed);
        self.queue.try_send(job).map_err(|refused| {
            self.depth.fetch_sub(1, Ordering::Relaxed);
            match refused {
                TrySendError::Full(_) => Error::Busy,
                TrySendError::Disconnected(_) => Error::Unavailable("the clinic is closed".into()),
            }
        })
    }

    /// The last job: waits for its place where the queue is full.
    pub(crate) async fn close(&self) {
        let (reply, answer) = oneshot::channel();
        let (queue, depth) = (self.queue.clone(), Arc::clone(&self.depth));
        let sent = tokio::task::spawn_blocking(move || {
            depth.fetch_add(1, Ordering::Relaxed);
            queue.send(Job::Close(reply)).map_err(|_| depth.fetch_sub(1, Ordering::Relaxed))
        });
        // An error means that the writer ended already, which is what was asked.
        if matches!(sent.await, Ok(Ok(()))) {
            let _ended = answer.await;
        }
    }

    pub(crate) fn depth(&self) -> &AtomicUsize {
        &self.depth
    }
}

struct Thread {
    place: Arc<Place>,
    setup: Option<Setup>,
    jobs: Receiver<Job>,
    depth: Arc<AtomicUsize>,
    head_lags: bool,
    last_head: std::time::Instant,
    last_tidy: std::time::Instant,
    /// Who waits for the journal's index.
    indexing: Vec<oneshot::Sender<Result<()>>>,
    /// Told when more than the journal has changed.
    readers: Arc<Readers>,
    /// Commits since the log was last begun anew.
    standing: u32,
    /// Copies the log into the file beside the writer.
    copier: Copier,
}

/// What still waits for the commit.
pub(crate) enum Waiting {
    Work(Box<dyn Work>),
    Append(oneshot::Sender<Result<()>>),
}

impl Waiting {
    fn done(self, failed: Option<Error>) {
        match self {
            Self::Work(work) => work.done(failed),
            Self::Append(reply) => {
                let _gone = reply.send(failed.map_or(Ok(()), Err));
            }
        }
    }
}

impl Thread {
    fn run(mut self) {
        let mut rest = TICK;
        loop {
            let pending = self.own_is_pending();
            let next = if self.indexing.is_empty() && !pending {
                self.jobs.recv_timeout(rest)
            } else {
                // Whoever waits for an index does not hold up those who write.
                self.jobs.try_recv().map_err(|empty| match empty {
                    TryRecvError::Empty => RecvTimeoutError::Timeout,
                    TryRecvError::Disconnected => RecvTimeoutError::Disconnected,
                })
            };
            let idle = matches!(next, Err(RecvTimeoutError::Timeout)) && self.indexing.is_empty() && !pending;
            match next {
                Ok(job) => {
                    if let Some(closed) = self.serve(job) {
                        self.end();
                        let _gone = closed.send(());
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.end(),
            }
            if idle || self.last_head.elapsed() >= TICK {
                self.lagging_head();
            }
            self.index_for_those_who_wait();
            self.work_on_own();
            let resting = rest == REST;
            rest = TICK;
            if idle || self.last_tidy.elapsed() >= OVERDUE {
                let found = self.tidy(idle && resting);
                self.last_tidy = std::time::Instant::now();
                if idle && found == 0 {
                    rest = REST;
                }
            }
        }
    }

    /// Writes the head and lets go of the files. Who is still in the queue is told so.
    fn end(mut self) {
        self.lagging_head();
        self.copier.end();
        if let Some(setup) = &self.setup
            && let Err(error) = setup.head_file.sync()
        {
            tracing::error!(error = %error, "the head was not confirmed by the disk");
        }
        self.setup = None;
        let closed = || Error::Unavailable("the clinic is closed".into());
        for reply in self.indexing.drain(..) {
            let _gone = reply.send(Err(closed()));
        }
        while let Ok(job) = self.jobs.try_recv() {
            self.depth.fetch_sub(1, Ordering::Relaxed);
            match job {
                Job::IndexJournal(reply) => drop(reply.send(Err(closed()))),
                Job::WriteHead(reply) => drop(reply.send(Err(closed()))),
                Job::Close(reply) => drop(reply.send(())),
                job => {
                    if let Some(one) = into_waiting(job) {
                        one.done(Some(closed()));
                    }
                }
            }
        }
    }

    /// Serves a job and all that wait behind it, up to a group. Answers whom to tell when it was the last.
    fn serve(&mut self, first: Job) -> Option<oneshot::Sender<()>> {
        let mut group = Vec::new();
        let mut after = None;
        let mut next = Some(first);
        while let Some(job) = next.take() {
            self.depth.fetch_sub(1, Ordering::Relaxed);
            match job {
                Job::Write { alone: false, .. } | Job::Append(..) => group.push(job),
                other => {
                    after = Some(other);
                    break;
                }
            }
            if group.len() < GROUP {
                next = self.jobs.try_recv().ok();
            }
        }
        self.commit(group);
        match after {
            Some(job @ (Job::Write { .. } | Job::Append(..))) => self.commit(vec![job]),
            Some(Job::IndexJournal(reply)) => self.indexing.push(reply),
            Some(Job::WriteHead(reply)) => {
                let written = self.write_head();
                let _gone = reply.send(written);
            }
            Some(Job::Close(reply)) => return Some(reply),
            None => {}
        }
        None
    }

    /// Commits a group durably and replies.
    fn commit(&mut self, group: Vec<Job>) {
        if group.is_empty() {
            return;
        }
        let started = std::time::Instant::now();
        let size = group.len();
        let large = group.iter().any(|job| matches!(job, Job::Write { alone: true, .. }));
        let changes = group.iter().any(|job| matches!(job, Job::Write { .. }));
        let mut waiting = Vec::with_capacity(size);
        let readers = Arc::clone(&self.readers);
        let outcome = match self.setup() {
            Ok((place, setup)) => {
                if changes {
                    readers.memory.expect(setup.head.sequence + 1);
                }
                setup.commit(place, group, &mut waiting)
            }
            Err(error) => {
                waiting.extend(group.into_iter().filter_map(into_waiting));
                Err(error)
            }
        };
        metrics::histogram!("aroeira_commit_batch_size").record(size as f64);
        metrics::histogram!("aroeira_commit_seconds").record(started.elapsed().as_secs_f64());
        match outcome {
            Ok(()) => {
                self.head_lags = true;
                self.standing += if large { STANDING } else { 1 };
                if changes {
                    if let Some(setup) = &mut self.setup {
                        self.readers.memory.change(setup.head.sequence, &setup.changed());
                    }
                    self.readers.let_go();
                    self.tell_own();
                }
                for one in waiting {
                    one.done(None);
                }
                if self.standing >= STANDING {
                    self.shorten();
                }
            }
            Err(error) => {
                tracing::error!(error = %error, group = size, "a commit failed");
                // What is in memory may not be what is on disk: it is dropped, and the file read again.
                self.setup = None;
                self.readers.memory.forget(None);
                self.readers.let_go();
                for one in waiting {
                    one.done(Some(match &error {
                        Error::Unavailable(text) => Error::Unavailable(text.clone()),
                        _ => Error::Unknown,
                    }));
                }
            }
        }
    }

    /// Has the log copied beside the writer; when that is done, copies what has come since and begins it anew.
    fn shorten(&mut self) {
        let state = self.copier.state().and_then(|state| {
            match state {
                Copy::None => self.copier.begin(&Place::file(&self.place.directory), &self.place.key)?,
                // A log that grows faster than it is copied would grow without end.
                Copy::Going if self.standing >= OVERLONG => return self.copier.wait(),
                Copy::Going | Copy::Done => {}
            }
            Ok(state)
        });
        match state {
            Ok(Copy::None | Copy::Going) => {}
            Ok(Copy::Done) => self.turn_log(),
            Err(error) => {
                tracing::warn!(error = %error, "the log goes on growing");
                // Tried again after as many commits.
                self.standing = 0;
            }
        }
    }

    /// Copies the log into the file, and has the next commit begin it anew if no reader is in the way: else next time.
    fn turn_log(&mut self) {
        self.standing = 0;
        self.readers.let_go();
        let Some(setup) = &self.setup else { return };
        let turned = setup.copy_log().and_then(|whole| match whole {
            true => self.readers.quiet(QUIET, || setup.begin_log_anew()).unwrap_or(Ok(())),
            false => Ok(()),
        });
        if let Err(error) = turned {
            tracing::warn!(error = %error, "the log goes on growing");
            self.setup = None;
        }
    }

    /// The open file: opened again where an error closed it.
    fn setup(&mut self) -> Result<(&Place, &mut Setup)> {
        let setup = match self.setup.take() {
            Some(setup) => setup,
            None => {
                let setup = Setup::open(&self.place).map_err(|error| {
                    Error::Unavailable(format!("the clinic's file cannot be opened again: {error}"))
                })?;
                self.readers.memory.forget(Some(setup.head.sequence));
                self.readers.let_go();
                setup
            }
        };
        Ok((&self.place, self.setup.insert(setup)))
    }

    /// The head is written if it lags: a failure is tried again at the next turn.
    fn lagging_head(&mut self) {
        if self.head_lags
            && let Err(error) = self.write_head()
        {
            tracing::error!(error = %error, "the head could not be written");
        }
    }

    fn write_head(&mut self) -> Result<i64> {
        self.last_head = std::time::Instant::now();
        let (_, setup) = self.setup()?;
        setup.head_file.write(&setup.head)?;
        let sequence = setup.head.sequence;
        self.head_lags = false;
        Ok(sequence)
    }

    fn index_for_those_who_wait(&mut self) {
        if self.indexing.is_empty() {
            return;
        }
        match self.index_journal(ASKED_INDEX) {
            Ok(found) if found > 0 => {}
            Ok(_) => {
                self.readers.let_go();
                for reply in self.indexing.drain(..) {
                    let _gone = reply.send(Ok(()));
                }
            }
            Err(error) => {
                let text = error.to_string();
                for reply in self.indexing.drain(..) {
                    let _gone = reply.send(Err(Error::Internal(text.clone())));
                }
            }
        }
    }

    fn own_is_pending(&mut self) -> bool {
        self.setup.as_mut().is_some_and(|setup| setup.own().is_pending())
    }

    /// One small batch of the clinic's own search parameters: between two groups, so that nobody waits for them.
    fn work_on_own(&mut self) {
        if !self.own_is_pending() {
            return;
        }
        let Some(setup) = &mut self.setup else { return };
        match setup.work_on_own() {
            Ok(()) => {
                self.standing += 1;
                self.readers.let_go();
                self.tell_own();
                if self.standing >= STANDING {
                    self.shorten();
                }
            }
            Err(error) => {
                // Opened again with the next write or tidying, and gone on with.
                tracing::error!(error = %error, "search parameters of the clinic's own wait");
                self.setup = None;
            }
        }
    }

    /// Shows the readers the search parameters of the clinic's own, after what they stand for is on disk.
    fn tell_own(&mut self) {
        if let Some(own) = self.setup.as_mut().and_then(|setup| setup.own().untold()) {
            *self.readers.own.write() = Arc::new(own);
        }
    }

    /// Indexes a stretch of the journal, drops what has expired and keeps the log short. Answers how much it found to do.
    fn tidy(&mut self, at_rest: bool) -> usize {
        let now = self.place.clock.now();
        let done = self.index_journal(IDLE_INDEX).and_then(|indexed| {
            let (_, setup) = self.setup()?;
            setup.drop_expired(now)?;
            Ok(indexed)
        });
        // What has expired is gone, the journal's index has grown, and nobody stands in the log's way.
        self.readers.let_go();
        let done = done.and_then(|indexed| {
            let Some(setup) = &self.setup else { return Ok(indexed) };
            setup.copy_log()?;
            // A reader in the way: next time.
            self.readers.quiet(QUIET, || setup.shorten_log(at_rest)).unwrap_or(Ok(()))?;
            Ok(indexed)
        });
        done.unwrap_or_else(|error| {
            tracing::warn!(error = %error, "the house waits");
            self.setup = None;
            0
        })
    }

    fn index_journal(&mut self, most: usize) -> Result<usize> {
        let (_, setup) = self.setup()?;
        let found = setup.index_journal(most);
        if found.is_err() {
            self.setup = None;
        }
        found
    }
}

/// The reply that a job still owes.
fn into_waiting(job: Job) -> Option<Waiting> {
    match job {
        Job::Write { work, .. } => Some(Waiting::Work(work)),
        Job::Append(_, reply) => Some(Waiting::Append(reply)),
        _ => None,
    }
}
