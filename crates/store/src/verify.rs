//! The walk of the chain: every entry's hash, every body an entry names, and the head outside the file.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::Result;
use crate::head::Kept;
use crate::journal::{Head, JournalRow, Touched, body_hash, chain};
use crate::keys::{Key, hex};

/// Entries walked in one look: the log can be shortened between two.
const STRETCH: i64 = 5000;
/// How far behind the journal the head may have been left, in milliseconds of entries: a quarter second and a commit
/// after a kill, up to half a minute after a power cut.
const LAG: i64 = 60_000;

/// What the walk found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Entries walked.
    pub entries: u64,
    /// Hash of the last one, hex.
    pub head: String,
    /// The first thing found wrong: a code and a position.
    pub problem: Option<String>,
}

/// Walks the journal as it stands now, stretch by stretch; `look` runs a step on one moment of the file. `kept` was read
/// before; where it is known that a head was written, `least` is its position.
pub(crate) fn walk(
    salt: &Key,
    kept: Kept,
    least: Option<i64>,
    look: impl Fn(&mut dyn FnMut(&Connection) -> Result<()>) -> Result<()>,
) -> Result<Verification> {
    let mut walk = Walk {
        salt,
        kept,
        head: Head::START,
        kept_seen: false,
        after_kept: None,
        written: 0,
        indexed: 0,
        problem: None,
    };
    if matches!(kept, Kept::Head(kept) if kept.sequence == 0) {
        walk.kept_seen = true;
    }
    let mut last = 0;
    look(&mut |connection| {
        last = crate::tables::head(connection)?.sequence;
        walk.indexed = crate::tables::indexed(connection)?;
        Ok(())
    })?;
    while walk.problem.is_none() && walk.head.sequence < last {
        let until = last.min(walk.head.sequence + STRETCH);
        look(&mut |connection| walk.stretch(connection, until))?;
    }
    if walk.problem.is_none() {
        walk.problem = walk.outside(least);
    }
    if walk.problem.is_none() {
        look(&mut |connection| {
            walk.problem = walk.strangers(connection)?;
            Ok(())
        })?;
    }
    let Walk { head, problem, .. } = walk;
    Ok(Verification { entries: head.sequence.unsigned_abs(), head: hex(&head.hash), problem })
}

struct Walk<'a> {
    salt: &'a Key,
    kept: Kept,
    /// The last entry found right.
    head: Head,
    kept_seen: bool,
    /// When the first entry after the kept head was written.
    after_kept: Option<i64>,
    written: u64,
    /// The last entry that the journal's index speaks of.
    indexed: i64,
    problem: Option<String>,
}

impl Walk<'_> {
    fn stretch(&mut self, connection: &Connection, until: i64) -> Result<()> {
        let mut statement = connection.prepare_cached(
            "SELECT sequence, at, event, entry, hash, actor FROM journal WHERE sequence > ? AND sequence <= ? ORDER BY 1",
        )?;
        let mut rows = statement.query([self.head.sequence, until])?;
        while let Some(row) = rows.next()? {
            self.problem = self.entry(connection, row)?;
            if self.problem.is_some() {
                return Ok(());
            }
        }
        if self.head.sequence < until {
            self.problem = Some(format!("gap: entry {} is missing", self.head.sequence + 1));
        }
        Ok(())
    }

    /// One entry; answers what is wrong with it.
    fn entry(&mut self, connection: &Connection, row: &Row<'_>) -> Result<Option<String>> {
        let sequence: i64 = row.get(0)?;
        if sequence != self.head.sequence + 1 {
            return Ok(Some(format!("gap: entry {} is missing", self.head.sequence + 1)));
        }
        let (Ok(entry), Ok(hash)) = (row.get::<_, Vec<u8>>(3), row.get::<_, Vec<u8>>(4)) else {
            return Ok(Some(format!("entry: {sequence} cannot be read")));
        };
        let expected = chain(&self.head.hash, &entry);
        if hash != expected {
            return Ok(Some(format!("hash: entry {sequence} is not the one that was written")));
        }
        let Ok(read) = JournalRow::decode(sequence, &entry, &hash) else {
            return Ok(Some(format!("entry: {sequence} cannot be read")));
        };
        if !columns_agree(connection, row, &read)? {
            return Ok(Some(format!("columns: entry {sequence} is filed under another time, event or user")));
        }
        if sequence <= self.indexed && !is_indexed(connection, row, &read)? {
            return Ok(Some(format!("index: entry {sequence} would not be found by event, user or record")));
        }
        for record in &read.records {
            if let Some(hash) = record.hash {
                self.written += 1;
                if let Some(problem) = self.version(connection, record, &hash, &read, sequence)? {
                    return Ok(Some(problem));
                }
            }
        }
        self.head = Head { sequence, hash: expected, at: read.at };
        match self.kept {
            Kept::Head(kept) if kept.sequence == sequence => self.kept_seen = kept.hash == expected,
            Kept::Head(kept) if kept.sequence + 1 == sequence => self.after_kept = Some(read.at.0),
            _ => {}
        }
        Ok(None)
    }

    /// A version that an entry wrote is there as it was written.
    fn version(
        &self,
        connection: &Connection,
        record: &Touched,
        hash: &[u8; 32],
        entry: &JournalRow,
        sequence: i64,
    ) -> Result<Option<String>> {
        let mut statement = connection.prepare_cached(
            "SELECT deleted, updated, body FROM resource WHERE kind = ?1 AND id = ?2 AND version = ?3 AND sequence = ?4
             UNION ALL
             SELECT v.deleted, v.updated, v.body FROM version v JOIN resource r ON r.rid = v.rid
              WHERE r.kind = ?1 AND r.id = ?2 AND v.version = ?3 AND v.sequence = ?4",
        )?;
        let found = statement
            .query_row(params![record.kind, record.id, record.version, sequence], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, Vec<u8>>(2)?))
            })
            .optional()?;
        Ok(match found {
            None => Some(format!("body: a record of entry {sequence} is missing")),
            Some((deleted, updated, body))
                if matches!(deleted, 0 | 1)
                    && updated == entry.at.0
                    && body_hash(self.salt, deleted == 1, &body) == *hash =>
            {
                None
            }
            Some(_) => Some(format!("body: a record of entry {sequence} is not the one that was written")),
        })
    }

    /// What the head outside the file says of the chain.
    fn outside(&self, least: Option<i64>) -> Option<String> {
        let kept = match self.kept {
            Kept::Nothing => return Some("head: the file outside the journal is gone".into()),
            Kept::Broken => return Some("head: the file outside the journal carries no good signature".into()),
            Kept::Head(kept) => kept,
        };
        if kept.sequence > self.head.sequence {
            return Some(format!(
                "tail: the journal ends at {}, the head outside is at {}",
                self.head.sequence, kept.sequence
            ));
        }
        if !self.kept_seen {
            return Some(format!("head: entry {} is not the one whose hash is kept outside", kept.sequence));
        }
        let lags = self.after_kept.is_some_and(|first| self.head.at.0 - first > LAG);
        (lags || least.is_some_and(|least| kept.sequence < least))
            .then(|| format!("head: the one outside is at {}, an old one was put in its place", kept.sequence))
    }

    /// Versions that no entry speaks of, and records whose newest version is not the one in force.
    fn strangers(&self, connection: &Connection) -> Result<Option<String>> {
        let stored: i64 = connection.query_row(
            "SELECT (SELECT count(*) FROM resource WHERE sequence <= ?1 OR sequence IS NULL)
                  + (SELECT count(*) FROM version WHERE sequence <= ?1 OR sequence IS NULL)",
            [self.head.sequence],
            |row| row.get(0),
        )?;
        let written = self.written;
        if stored.unsigned_abs() != written {
            return Ok(Some(format!("strangers: {stored} versions are stored, the journal knows {written}")));
        }
        let disorder: bool = connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM version v LEFT JOIN resource r ON r.rid = v.rid
               WHERE r.rid IS NULL OR v.version >= r.version)
             OR EXISTS (SELECT 1 FROM resource WHERE sequence > (SELECT ifnull(max(sequence), 0) FROM journal))
             OR EXISTS (SELECT 1 FROM version WHERE sequence > (SELECT ifnull(max(sequence), 0) FROM journal))",
            [],
            |row| row.get(0),
        )?;
        Ok(disorder.then(|| "order: a record's newest version is not the one in force".into()))
    }
}

/// An entry that was indexed is found by its event, its user and its records.
fn is_indexed(connection: &Connection, row: &Row<'_>, entry: &JournalRow) -> Result<bool> {
    let sequence: i64 = row.get(0)?;
    let filed: bool = connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM journal_by_event WHERE event = ?2 AND sequence = ?1)
                AND EXISTS (SELECT 1 FROM journal_by_actor WHERE actor = ?3 AND sequence = ?1)",
        )?
        .query_row(params![sequence, row.get::<_, i64>(2)?, row.get::<_, i64>(5)?], |row| row.get(0))?;
    let mut by_record = connection.prepare_cached(
        "SELECT ifnull((SELECT EXISTS (SELECT 1 FROM journal_record j WHERE j.rid = r.rid AND j.sequence = ?3)
                          FROM resource r WHERE r.kind = ?1 AND r.id = ?2), 1)",
    )?;
    for record in &entry.records {
        if !by_record.query_row(params![record.kind, record.id, sequence], |row| row.get::<_, bool>(0))? {
            return Ok(false);
        }
    }
    Ok(filed)
}

/// The columns beside an entry must say what the entry says: filters read the columns.
fn columns_agree(connection: &Connection, row: &Row<'_>, entry: &JournalRow) -> Result<bool> {
    let (Ok(at), Ok(event), Ok(actor)) = (row.get::<_, i64>(1), row.get::<_, i64>(2), row.get::<_, i64>(5)) else {
        return Ok(false);
    };
    let user: Option<String> = connection
        .prepare_cached("SELECT id FROM actor WHERE ref = ?")?
        .query_row([actor], |row| row.get(0))
        .optional()?;
    let event_agrees = crate::Event::from_code(&entry.event).is_some_and(|e| e.number() == event);
    Ok(at == entry.at.0 && event_agrees && user.as_deref() == Some(entry.user.as_str()))
}
