//! What the writer holds in memory about the file, thrown away whole after an error from the disk: the connection, the
//! head, the small numbers. Commits groups.

use std::path::PathBuf;
use std::time::Duration;

use aroeira_fhir::Instant;
use rusqlite::Connection;

use super::job::{Job, Waiting};
use super::memory::Changed;
use super::migrations;
use super::{Mode, copy_log, open};
use crate::head::{HeadFile, Kept};
use crate::journal::{Event, Head};
use crate::keys::Key;
use crate::store::Place;
use crate::tables::{self, Batch, Known, Refs, Transaction};
use crate::{Error, Result};

/// Bytes of the log that an idle writer leaves as they are.
const LOG_AT_REST: u64 = 1 << 20;
/// Bytes of the log beyond which it is shortened although others may wait.
const LOG_MOST: u64 = 64 << 20;

pub(crate) struct Setup {
    pub(super) connection: Connection,
    pub(crate) salt: Key,
    pub(crate) head: Head,
    batch: Batch,
    pub(super) head_file: HeadFile,
    log: PathBuf,
    /// What the last group wrote into the journal.
    journalled: Vec<Event>,
}

impl Setup {
    /// Makes the file of a new clinic and closes it.
    pub(crate) fn create(path: &std::path::Path, key: &Key) -> Result<()> {
        let mut connection = open(path, key, Mode::Create, 256)?;
        migrations::migrate(&mut connection)?;
        let transaction = connection.transaction()?;
        tables::found(&transaction, key)?;
        transaction.commit()?;
        connection.close().map_err(|(_, error)| error.into())
    }

    /// Opens, compares the journal with the head outside the file, and migrates.
    pub(crate) fn open(place: &Place) -> Result<Self> {
        let refused = |what: &str| {
            Error::Unavailable(format!(
                "{what}. Nothing was changed. Look with `aroeira audit verify`, then restore a backup"
            ))
        };
        let Some((mut head_file, kept)) = HeadFile::open(&place.directory, &place.clinic, &place.key)? else {
            return Err(refused("the head kept outside the journal is gone"));
        };
        let path = Place::file(&place.directory);
        let mut connection = open(&path, &place.key, Mode::Write, place.cache_kb / 4)?;
        migrations::refuse_newer(&connection)?;
        let head = tables::head(&connection)?;
        match kept {
            Kept::Nothing => return Err(refused("the head kept outside the journal is gone")),
            Kept::Broken => return Err(refused("the head kept outside the journal carries no good signature")),
            Kept::Head(kept) if kept.sequence > head.sequence || !tables::holds(&connection, &kept)? => {
                return Err(refused(
                    "the journal does not contain the head kept outside the file: its tail was cut, or an older file was put \
                     in its place",
                ));
            }
            Kept::Head(_) => {}
        }
        migrations::migrate(&mut connection)?;
        let salt = tables::salt(&connection)?;
        let mut refs = Refs::load(&connection)?;
        let own = Known::load(&connection, &place.zone)?;
        tables::reindex(&mut connection, &mut refs, &own, &place.zone)?;
        head_file.write(&head)?;
        let log = path.with_extension("db-wal");
        let batch = Batch::new(refs, own, Batch::count(&mut connection)?);
        Ok(Self { connection, salt, head, batch, head_file, log, journalled: Vec::new() })
    }

    /// Commits a group durably. `Unavailable`: nothing of it is on disk. Any other error: nobody can say.
    pub(super) fn commit(&mut self, place: &Place, group: Vec<Job>, waiting: &mut Vec<Waiting>) -> Result<()> {
        let head = self.write_group(place, group, waiting).map_err(|error| {
            // Without the word COMMIT nothing counts, whether or not this is heard.
            let _undone = self.connection.execute_batch("ROLLBACK");
            Error::Unavailable(format!("the disk refused a write, nothing of it was kept: {error}"))
        })?;
        self.connection.execute_batch("COMMIT")?;
        self.head = head;
        Ok(())
    }

    /// Runs every job, also answers those that were not reached to `waiting`.
    fn write_group(&mut self, place: &Place, group: Vec<Job>, waiting: &mut Vec<Waiting>) -> Result<Head> {
        let mut outcome = self.connection.execute_batch("BEGIN IMMEDIATE").map(|()| self.head).map_err(Error::from);
        let now = place.clock.now();
        self.journalled.clear();
        for job in group {
            let (job, entry) = match job {
                Job::Append(entry, reply) => (Waiting::Append(reply), Some(entry)),
                Job::Write { entry, work, .. } => (Waiting::Work(work), entry),
                _ => continue,
            };
            waiting.push(job);
            let (Ok(head), Some(job)) = (&outcome, waiting.last_mut()) else { continue };
            let at = now.max(head.at);
            let (before, event) = (head.sequence, entry.as_ref().map(|entry| entry.event));
            let transaction = Transaction::new(&self.connection, &mut self.batch, &self.salt, *head, at);
            outcome = match job {
                Waiting::Append(_) => transaction.finish(entry),
                Waiting::Work(work) => transaction.savepoint(|inner| work.run(inner), entry),
            };
            // Work that failed wrote none.
            if outcome.as_ref().is_ok_and(|head| head.sequence > before) {
                self.journalled.extend(event);
            }
        }
        let head = outcome?;
        self.batch.file_words(&self.connection)?;
        Ok(head)
    }

    /// What the last group wrote into the journal.
    pub(super) fn journalled(&self) -> &[Event] {
        &self.journalled
    }

    /// Rows written since this was last asked.
    pub(super) fn changed(&mut self) -> Vec<Changed> {
        self.batch.changed()
    }

    /// The clinic's own search parameters.
    pub(crate) fn own(&mut self) -> &mut Known {
        self.batch.own()
    }

    /// One batch of what is pending of them.
    pub(super) fn work_on_own(&mut self) -> Result<()> {
        self.batch.work_on_own(&mut self.connection)
    }

    pub(super) fn index_journal(&mut self, most: usize) -> Result<usize> {
        tables::index_journal(&mut self.connection, most)
    }

    pub(super) fn drop_expired(&self, now: Instant) -> Result<()> {
        tables::drop_expired(&self.connection, now)
    }

    /// Copies what it can of the log into the file. Answers whether that was all of it.
    pub(super) fn copy_log(&self) -> Result<bool> {
        copy_log(&self.connection)
    }

    /// Lets the next commit begin the log anew: all of it is copied and nobody reads it.
    pub(super) fn begin_log_anew(&self) -> Result<()> {
        self.without_waiting("PRAGMA wal_checkpoint(RESTART)")
    }

    fn without_waiting(&self, pragma: &str) -> Result<()> {
        let patience = self.connection.query_row("PRAGMA busy_timeout", [], |row| row.get::<_, i64>(0))?;
        self.connection.busy_timeout(Duration::ZERO)?;
        let done = self.connection.query_row(pragma, [], |_| Ok(()));
        self.connection.busy_timeout(Duration::from_millis(patience.unsigned_abs()))?;
        Ok(done?)
    }

    /// Cuts the log off, which was copied into the file: at rest, and where it has grown too long. Called while no reader
    /// stands anywhere.
    pub(super) fn shorten_log(&self, at_rest: bool) -> Result<()> {
        let bytes = std::fs::metadata(&self.log).map_or(0, |log| log.len());
        if bytes > LOG_MOST || (at_rest && bytes > LOG_AT_REST) {
            self.without_waiting("PRAGMA wal_checkpoint(TRUNCATE)")?;
        }
        Ok(())
    }
}
