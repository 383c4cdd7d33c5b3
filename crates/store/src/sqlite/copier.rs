//! Copies the log into the file on a thread of its own, beside the writer: what is left for the writer then is short. A
//! thread lives for one copy.

use std::path::Path;
use std::sync::mpsc::{Receiver, TryRecvError, channel};

use rusqlite::Connection;

use super::{Mode, copy_log, open};
use crate::keys::Key;
use crate::{Error, Result};

/// Kilobytes of pages its connection holds: it reads the log and nothing else.
const CACHE_KB: u32 = 256;

/// What became of a copy.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Copy {
    /// None was begun.
    None,
    /// It goes on.
    Going,
    /// All that was in the log when it began is in the file.
    Done,
}

/// The copies of one clinic's log, one at a time.
#[derive(Default)]
pub(crate) struct Copier {
    going: Option<Receiver<Result<Connection>>>,
    connection: Option<Connection>,
}

impl Copier {
    /// Begins a copy, when none goes on.
    pub(crate) fn begin(&mut self, path: &Path, key: &Key) -> Result<()> {
        if self.going.is_some() {
            return Ok(());
        }
        let (path, key, connection) = (path.to_owned(), key.clone(), self.connection.take());
        let (send, receive) = channel();
        std::thread::Builder::new()
            .name("clinic-copier".into())
            .spawn(move || {
                let copied =
                    connection.map_or_else(|| open(&path, &key, Mode::Write, CACHE_KB), Ok).and_then(|connection| {
                        copy_log(&connection)?;
                        Ok(connection)
                    });
                // A writer that is gone needs no copy.
                let _gone = send.send(copied);
            })
            .map_err(|e| Error::Internal(format!("no thread for the copier: {e}")))?;
        self.going = Some(receive);
        Ok(())
    }

    /// What became of the copy that was begun last. A failure is told once, and the next copy begins afresh.
    pub(crate) fn state(&mut self) -> Result<Copy> {
        let Some(going) = &self.going else { return Ok(Copy::None) };
        let copied = match going.try_recv() {
            Err(TryRecvError::Empty) => return Ok(Copy::Going),
            Err(TryRecvError::Disconnected) => Err(Error::Internal("the copier ended in a defect".into())),
            Ok(copied) => copied,
        };
        self.going = None;
        self.connection = Some(copied?);
        Ok(Copy::Done)
    }

    /// Waits for a copy that goes on.
    pub(crate) fn wait(&mut self) -> Result<Copy> {
        if let Some(going) = self.going.take() {
            let copied = going.recv().map_err(|_| Error::Internal("the copier ended in a defect".into()))?;
            self.connection = Some(copied?);
        }
        Ok(Copy::Done)
    }

    /// Waits for a copy that goes on, and lets go of the file.
    pub(crate) fn end(&mut self) {
        if let Some(going) = self.going.take() {
            let _copied = going.recv();
        }
        self.connection = None;
    }
}
