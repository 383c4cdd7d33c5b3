-- Records with every version, and the journal. Way back: none, it would destroy records.
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

-- The current version of every record. `effective` is its clinical date, `label` its name in lists, `sort` that folded.
CREATE TABLE resource (
  rid INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  effective INTEGER NOT NULL,
  label TEXT NOT NULL,
  sort TEXT NOT NULL,
  body BLOB NOT NULL
);
CREATE UNIQUE INDEX resource_identity ON resource (kind, id);
CREATE INDEX resource_effective ON resource (kind, deleted, effective);
CREATE INDEX resource_sort ON resource (kind, deleted, sort);
CREATE INDEX resource_updated ON resource (kind, deleted, sequence);

-- Lists read this one, not the rows with their bodies.
CREATE INDEX resource_page ON resource (rid, kind, deleted, effective, sort, sequence);

-- How many records of a kind are not deleted.
CREATE TABLE tally (kind TEXT PRIMARY KEY, live INTEGER NOT NULL) WITHOUT ROWID;

-- Superseded versions.
CREATE TABLE version (
  rid INTEGER NOT NULL,
  version INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (rid, version)
) WITHOUT ROWID;

CREATE TABLE actor (ref INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);
CREATE TABLE journal (
  sequence INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  event INTEGER NOT NULL,
  actor INTEGER NOT NULL,
  entry BLOB NOT NULL,
  hash BLOB NOT NULL
);
CREATE INDEX journal_actor ON journal (actor);
CREATE INDEX journal_event ON journal (event);

-- Which entries speak of a record: derived, filled while the writer has nothing else to do and before it is asked.
CREATE TABLE journal_record (rid INTEGER NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (rid, sequence)) WITHOUT ROWID;
