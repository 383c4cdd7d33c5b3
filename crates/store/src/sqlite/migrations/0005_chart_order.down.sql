-- Empty until the index is made anew.
DROP TABLE index_reference;
CREATE TABLE index_reference (param INTEGER NOT NULL, target_id TEXT NOT NULL, target_kind TEXT NOT NULL,
  rid INTEGER NOT NULL, PRIMARY KEY (param, target_id, target_kind, rid)) WITHOUT ROWID;
CREATE INDEX index_reference_rid ON index_reference (rid);
DELETE FROM meta WHERE key = 'index_version' OR key GLOB 'reindexed_*';
