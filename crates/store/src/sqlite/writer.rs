//! The one writer of a clinic. It drains its queue and commits many requests in one durable transaction, each in its own
//! savepoint; replies are sent after the commit. An error from the disk is never retried into a yes.

mod house;

use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::time::Duration;

use tokio::sync::oneshot;

use super::copier::Copier;
use super::job::Job;
use super::readers::Readers;
use super::setup::Setup;
use crate::meters::{self, Meters, Trouble};
use crate::store::Place;
use crate::{Error, Result};

/// Requests in one commit, at most.
const GROUP: usize = 256;
/// Requests waiting, at most; beyond it callers are told to come back.
const QUEUE: usize = 4096;
/// How long the head outside may lag, and how often an idle writer looks after its house.
const TICK: Duration = Duration::from_millis(250);
/// After so many commits the log is copied into the file, beside the writer, and then begun anew.
const STANDING: u32 = 128;
/// How long a writer with nothing to do sleeps.
const REST: Duration = Duration::from_secs(30);
/// A writer that is never idle looks after its house this often.
const OVERDUE: Duration = Duration::from_secs(5);

/// The caller's end of the queue.
pub(crate) struct Writer {
    queue: SyncSender<Job>,
    depth: Arc<AtomicIsize>,
}

impl Writer {
    pub(crate) fn start(place: Arc<Place>, setup: Setup, readers: Arc<Readers>) -> Result<Self> {
        let (queue, jobs) = sync_channel(QUEUE);
        let depth = Arc::new(AtomicIsize::new(0));
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
            meters: Meters::new(),
        };
        std::thread::Builder::new()
            .name("clinic-writer".into())
            .spawn(move || thread.run())
            .map_err(|e| Error::Internal(format!("no thread for the writer: {e}")))?;
        Ok(Self { queue, depth })
    }

    pub(crate) fn send(&self, job: Job) -> Result<()> {
        self.queue.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => Error::Busy,
            TrySendError::Disconnected(_) => Error::Unavailable("the clinic is closed".into()),
        })?;
        // What is counted is in the queue; the writer may have taken it already.
        self.depth.fetch_add(1, Ordering::Relaxed);
        Ok(())
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

    /// Jobs that wait.
    pub(crate) fn depth(&self) -> usize {
        usize::try_from(self.depth.load(Ordering::Relaxed)).unwrap_or_default()
    }
}

struct Thread {
    place: Arc<Place>,
    setup: Option<Setup>,
    jobs: Receiver<Job>,
    depth: Arc<AtomicIsize>,
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
    meters: Meters,
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
                    if let Some(one) = job.into_waiting() {
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
                waiting.extend(group.into_iter().filter_map(Job::into_waiting));
                Err(error)
            }
        };
        self.meters.commit(size, started.elapsed());
        match outcome {
            Ok(()) => {
                self.meters.journalled(self.setup.as_ref().map_or(&[], Setup::journalled));
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
                meters::failed(Trouble::Commit);
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
}
