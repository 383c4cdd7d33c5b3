-- References with the clinical date of the record that makes them: a chart is read in its order, and no look at the records
-- is needed to sort it. Filled anew with the whole index.
DROP TABLE index_reference;
CREATE TABLE index_reference (param INTEGER NOT NULL, target_id TEXT NOT NULL, target_kind TEXT NOT NULL,
  effective INTEGER NOT NULL, rid INTEGER NOT NULL, PRIMARY KEY (param, target_id, target_kind, effective, rid)) WITHOUT ROWID;
CREATE INDEX index_reference_rid ON index_reference (rid);
DELETE FROM meta WHERE key = 'index_version' OR key GLOB 'reindexed_*';
