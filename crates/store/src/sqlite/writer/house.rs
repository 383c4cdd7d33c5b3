//! What the writer does for its house between two groups: the head outside, the log, the journal's index, the search
//! parameters of the clinic's own.

use std::sync::Arc;
use std::time::Duration;

use super::super::copier::Copy;
use super::{STANDING, Thread};
use crate::meters::{self, Trouble};
use crate::store::Place;
use crate::{Error, Result};

/// After so many the writer waits for the copy.
const OVERLONG: u32 = 4 * STANDING;
/// How long the writer waits for readers to finish their looks, when it wants to begin the log anew.
const QUIET: Duration = Duration::from_millis(2);
/// Journal entries indexed in one idle turn: a few milliseconds.
const IDLE_INDEX: usize = 500;
/// The same while somebody waits for it.
const ASKED_INDEX: usize = 5000;

impl Thread {
    /// Has the log copied beside the writer; when that is done, copies what has come since and begins it anew.
    pub(super) fn shorten(&mut self) {
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
                meters::failed(Trouble::Log);
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
            meters::failed(Trouble::Log);
            self.setup = None;
        }
    }

    /// The head is written if it lags: a failure is tried again at the next turn.
    pub(super) fn lagging_head(&mut self) {
        if self.head_lags
            && let Err(error) = self.write_head()
        {
            tracing::error!(error = %error, "the head could not be written");
            meters::failed(Trouble::Head);
        }
    }

    pub(super) fn write_head(&mut self) -> Result<i64> {
        self.last_head = std::time::Instant::now();
        let (_, setup) = self.setup()?;
        setup.head_file.write(&setup.head)?;
        let sequence = setup.head.sequence;
        self.head_lags = false;
        Ok(sequence)
    }

    pub(super) fn index_for_those_who_wait(&mut self) {
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

    pub(super) fn own_is_pending(&mut self) -> bool {
        self.setup.as_mut().is_some_and(|setup| setup.own().is_pending())
    }

    /// One small batch of the clinic's own search parameters: between two groups, so that nobody waits for them.
    pub(super) fn work_on_own(&mut self) {
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
    pub(super) fn tell_own(&mut self) {
        if let Some(own) = self.setup.as_mut().and_then(|setup| setup.own().untold()) {
            *self.readers.own.write() = Arc::new(own);
        }
    }

    /// Indexes a stretch of the journal, drops what has expired and keeps the log short. Answers how much it found to do.
    pub(super) fn tidy(&mut self, at_rest: bool) -> usize {
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
