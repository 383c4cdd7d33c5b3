-- What is kept for a while and is no record: sessions, sign-in failures, idempotency keys, drafts.
CREATE TABLE kept (
  space TEXT NOT NULL,
  key TEXT NOT NULL,
  owner TEXT NOT NULL,
  expires INTEGER NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (space, key)
) WITHOUT ROWID;
CREATE INDEX kept_owner ON kept (space, owner);
CREATE INDEX kept_expires ON kept (expires);
