//! What the writer of a clinic is asked to do, and the replies it owes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;

use crate::journal::Entry;
use crate::tables::Transaction;
use crate::{Error, Result};

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

    /// The reply that it still owes.
    pub(super) fn into_waiting(self) -> Option<Waiting> {
        match self {
            Self::Write { work, .. } => Some(Waiting::Work(work)),
            Self::Append(_, reply) => Some(Waiting::Append(reply)),
            _ => None,
        }
    }

    pub(crate) fn alone(mut self) -> Self {
        if let Self::Write { alone, .. } = &mut self {
            *alone = true;
        }
        self
    }
}

/// What still waits for the commit.
pub(crate) enum Waiting {
    Work(Box<dyn Work>),
    Append(oneshot::Sender<Result<()>>),
}

impl Waiting {
    pub(super) fn done(self, failed: Option<Error>) {
        match self {
            Self::Work(work) => work.done(failed),
            Self::Append(reply) => {
                let _gone = reply.send(failed.map_or(Ok(()), Err));
            }
        }
    }
}
