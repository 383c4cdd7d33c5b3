//! Writing: the next version of a record with its index, what is kept for a while, and the journal entry at the end.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aroeira_fhir::Instant;
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};

use super::View;
use super::own::{self, Known};
use super::refs::Refs;
use super::search::{Words, belong, index, unindex};
use crate::journal::{Entry, Head, Touched, body_hash};
use crate::keys::Key;
use crate::sqlite::memory::Changed;
use crate::store::{Change, Written};
use crate::{Error, Result};

/// Steps of SQLite between two looks at the clock of a bounded question, and how many such: some tens of milliseconds.
const STRIDE: i32 = 10_000;
const STRIDES: i64 = 200;

/// What a group of requests shares: the small numbers, the words to be filed behind its last savepoint, and which rows are
/// not what they were.
pub(crate) struct Batch {
    refs: Refs,
    own: Known,
    words: Vec<Words>,
    changed: Vec<Changed>,
    /// What is left of a bounded question; without one, as much as there can be.
    left: Arc<AtomicI64>,
}

impl Batch {
    pub(crate) fn new(refs: Refs, own: Known, left: Arc<AtomicI64>) -> Self {
        Self { refs, own, words: Vec::new(), changed: Vec::new(), left }
    }

    /// Makes a connection count what a question costs; answers how much it may.
    ///
    /// # Errors
    /// `Internal`.
    pub(crate) fn count(connection: &mut Connection) -> Result<Arc<AtomicI64>> {
        let left = Arc::new(AtomicI64::new(i64::MAX));
        let seen = Arc::clone(&left);
        connection.progress_handler(STRIDE, Some(move || seen.fetch_sub(1, Ordering::Relaxed) <= 0))?;
        Ok(left)
    }

    /// Files the words of the group's records.
    pub(crate) fn file_words(&mut self, connection: &Connection) -> Result<()> {
        self.words.drain(..).try_for_each(|words| words.file(connection))
    }

    /// The clinic's own search parameters.
    pub(crate) fn own(&mut self) -> &mut Known {
        &mut self.own
    }

    /// One batch of what is pending of the clinic's own search parameters.
    pub(crate) fn work_on_own(&mut self, connection: &mut Connection) -> Result<()> {
        let transaction = connection.transaction()?;
        self.refs.fresh = false;
        let done = self.own.work(&transaction, &mut self.refs);
        match done.and_then(|()| Ok(transaction.commit()?)) {
            Ok(()) => Ok(()),
            Err(error) => {
                self.refs = Refs::load(connection)?;
                Err(error)
            }
        }
    }

    /// Rows written since this was last asked, also where that was undone.
    pub(crate) fn changed(&mut self) -> Vec<Changed> {
        std::mem::take(&mut self.changed)
    }
}

/// One request's writes, inside its savepoint. Reads see what it wrote.
pub struct Transaction<'a> {
    view: View<'a>,
    batch: &'a mut Batch,
    salt: &'a Key,
    head: Head,
    at: Instant,
    records: Vec<Touched>,
    journalled: bool,
}

impl<'a> Deref for Transaction<'a> {
    type Target = View<'a>;

    fn deref(&self) -> &Self::Target {
        &self.view
    }
}

impl<'a> Transaction<'a> {
    pub(crate) fn new(
        connection: &'a Connection,
        batch: &'a mut Batch,
        salt: &'a Key,
        head: Head,
        at: Instant,
    ) -> Self {
        // A question that ended in a defect may have left its bound behind.
        batch.left.store(i64::MAX, Ordering::Relaxed);
        Self { view: View::new(connection), batch, salt, head, at, records: Vec::new(), journalled: false }
    }

    /// The time of this request's writes.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.at
    }

    /// Runs `work` in a savepoint; when it keeps its writes, appends the entry. Answers the head after it.
    pub(crate) fn savepoint(mut self, work: impl FnOnce(&mut Self) -> bool, entry: Option<Entry>) -> Result<Head> {
        let connection = self.view.connection();
        let run = |sql: &str| -> Result<()> {
            connection.prepare_cached(sql)?.execute([])?;
            Ok(())
        };
        run("SAVEPOINT request")?;
        (self.batch.refs.fresh, self.batch.own.fresh) = (false, false);
        let filed = self.batch.words.len();
        self.journalled = entry.is_some();
        if work(&mut self) {
            run("RELEASE request")?;
            return self.finish(entry);
        }
        run("ROLLBACK TO request")?;
        run("RELEASE request")?;
        self.batch.words.truncate(filed);
        if self.batch.refs.fresh {
            self.batch.refs = Refs::load(connection)?;
        }
        if self.batch.own.fresh {
            self.batch.own.read(connection)?;
        }
        Ok(self.head)
    }

    /// Appends the entry with the records written.
    pub(crate) fn finish(mut self, entry: Option<Entry>) -> Result<Head> {
        let Some(mut entry) = entry else { return Ok(self.head) };
        entry.records.append(&mut self.records);
        let sequence = self.head.sequence + 1;
        let bytes = entry.encode(sequence, self.at)?;
        let head = self.head.next(self.at, &bytes);
        let connection = self.view.connection();
        let actor = self.batch.refs.actor(connection, &entry.user)?;
        connection
            .prepare_cached("INSERT INTO journal (sequence, at, event, actor, entry, hash) VALUES (?, ?, ?, ?, ?, ?)")?
            .execute(params![sequence, self.at.0, entry.event.number(), actor, bytes, head.hash])?;
        Ok(head)
    }

    /// Looks for something where the work is bounded: whoever writes must not hold up all others by a question.
    ///
    /// # Errors
    /// Those of `look`; `Question` when it takes too long.
    pub fn bounded<R, E: From<Error>>(
        &self,
        look: impl FnOnce(&View<'a>) -> std::result::Result<R, E>,
    ) -> std::result::Result<R, E> {
        self.batch.left.store(STRIDES, Ordering::Relaxed);
        let found = look(&self.view);
        self.batch.left.store(i64::MAX, Ordering::Relaxed);
        found
    }

    /// Writes the next version of a record: the first when there is none.
    ///
    /// # Errors
    /// `Internal`.
    pub fn put(&mut self, change: &Change) -> Result<Written> {
        if !self.journalled {
            return Err(Error::Internal("a record was written without a journal entry".into()));
        }
        let connection = self.view.connection();
        let (kind, id) = (change.body.kind(), change.body.id());
        let sequence = self.head.sequence + 1;
        let known = known(connection, kind, id)?;
        let version = known.map_or(1, |(_, version, _)| version + 1);
        let lived = known.is_some_and(|(_, _, deleted)| !deleted);
        tally(connection, kind, i64::from(!change.deleted) - i64::from(lived))?;
        let body = change.body.stamp(version, self.at);
        let effective = change.effective.unwrap_or(self.at).0;
        let row = Row { version, at: self.at, sequence, effective, change, body: &body };
        let rid = match known {
            Some((rid, ..)) => row.supersede(connection, rid)?,
            None => row.insert(connection)?,
        };
        let (mut text, mut narrative) = ("", "");
        if !change.deleted {
            index(connection, &mut self.batch.refs, (kind, rid, effective), &change.index)?;
            (text, narrative) = (&change.index.text, &change.index.narrative);
            let Batch { own, refs, .. } = &mut *self.batch;
            let failed = own.index(connection, refs, (kind, rid, effective), &body, &change.index.own)?;
            own::count_failed(connection, &failed)?;
        }
        if kind == own::KIND {
            self.batch.own.follow(connection, id, (!change.deleted).then_some(&body))?;
        }
        if known.is_some() || !text.is_empty() || !narrative.is_empty() {
            let (text, narrative) = (text.to_owned(), narrative.to_owned());
            self.batch.words.push(Words { rid, known: known.is_some(), text, narrative });
        }
        self.batch.changed.push(Changed { rid, kind: kind.to_owned() });
        belong(connection, rid, &change.index.patients)?;
        let hash = body_hash(self.salt, change.deleted, &body);
        self.records.push(Touched { kind: kind.to_owned(), id: id.to_owned(), version, hash: Some(hash) });
        Ok(Written { version, updated: self.at, body: Bytes::from(body) })
    }

    /// Makes the index of a search parameter of the clinic's own anew, behind the writer. Answers whether there is one.
    ///
    /// # Errors
    /// `Question` where there is no room for it yet, `Internal`.
    pub fn index_again(&mut self, id: &str) -> Result<bool> {
        self.batch.own.again(self.view.connection(), id)
    }

    /// Keeps a value under a key until it expires; replaces the one before.
    ///
    /// # Errors
    /// `Internal`.
    pub fn keep(&mut self, space: &str, key: &str, owner: &str, value: &[u8], expires: Instant) -> Result<()> {
        self.view
            .connection()
            .prepare_cached("INSERT OR REPLACE INTO kept (space, key, owner, value, expires) VALUES (?, ?, ?, ?, ?)")?
            .execute(params![space, key, owner, value, expires.0])?;
        Ok(())
    }

    /// Drops what is kept under a key; none there is fine.
    ///
    /// # Errors
    /// `Internal`.
    pub fn drop_kept(&mut self, space: &str, key: &str) -> Result<()> {
        self.view.connection().prepare_cached("DELETE FROM kept WHERE space = ? AND key = ?")?.execute([space, key])?;
        Ok(())
    }

    /// Drops all that is kept for an owner, but for one key.
    ///
    /// # Errors
    /// `Internal`.
    pub fn drop_kept_by(&mut self, space: &str, owner: &str, but: &str) -> Result<()> {
        self.view
            .connection()
            .prepare_cached("DELETE FROM kept WHERE space = ? AND owner = ? AND key <> ?")?
            .execute([space, owner, but])?;
        Ok(())
    }

    /// Adds a record that was seen, not written, to this request's entry.
    pub fn saw(&mut self, record: &crate::Record) {
        self.records.push(Touched {
            kind: record.kind.clone(),
            id: record.id.clone(),
            version: record.version,
            hash: None,
        });
    }
}

/// Counts a record that came or went.
fn tally(connection: &Connection, kind: &str, by: i64) -> Result<()> {
    if by != 0 {
        connection
            .prepare_cached(
                "INSERT INTO tally (kind, live) VALUES (?, ?) ON CONFLICT (kind) DO UPDATE SET live = live + excluded.live",
            )?
            .execute(params![kind, by])?;
    }
    Ok(())
}

/// A record that is there: its row, its version, and whether it is deleted.
fn known(connection: &Connection, kind: &str, id: &str) -> Result<Option<(i64, u32, bool)>> {
    let mut statement =
        connection.prepare_cached("SELECT rid, version, deleted FROM resource WHERE kind = ? AND id = ?")?;
    let known = statement.query_row([kind, id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    Ok(known.optional()?)
}

/// The current version of a record as it is written.
struct Row<'a> {
    version: u32,
    at: Instant,
    sequence: i64,
    effective: i64,
    change: &'a Change,
    body: &'a [u8],
}

impl Row<'_> {
    /// The first version. Answers its row.
    fn insert(&self, connection: &Connection) -> Result<i64> {
        let Self { version, at, sequence, effective, change, body } = self;
        let (kind, id, sort) = (change.body.kind(), change.body.id(), aroeira_fhir::text::fold(&change.label));
        connection
            .prepare_cached(
                "INSERT INTO resource (kind, id, version, updated, sequence, deleted, effective, label, sort, body)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![kind, id, version, at.0, sequence, change.deleted, effective, change.label, sort, body])?;
        Ok(connection.last_insert_rowid())
    }

    /// The next version: the one before is kept, and in no index any more.
    fn supersede(&self, connection: &Connection, rid: i64) -> Result<i64> {
        let Self { version, at, sequence, effective, change, body } = self;
        connection
            .prepare_cached(
                "INSERT INTO version (rid, version, updated, sequence, deleted, body)
                 SELECT rid, version, updated, sequence, deleted, body FROM resource WHERE rid = ?",
            )?
            .execute([rid])?;
        let sort = aroeira_fhir::text::fold(&change.label);
        connection
            .prepare_cached(
                "UPDATE resource SET version = ?, updated = ?, sequence = ?, deleted = ?, effective = ?, label = ?,
                   sort = ?, body = ? WHERE rid = ?",
            )?
            .execute(params![version, at.0, sequence, change.deleted, effective, change.label, sort, body, rid])?;
        unindex(connection, rid)?;
        Ok(rid)
    }
}
