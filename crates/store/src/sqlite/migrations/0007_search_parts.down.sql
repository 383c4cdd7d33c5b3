-- Empty until the index is made anew.
DROP TABLE narrative;
CREATE VIRTUAL TABLE narrative USING fts5 (text, content = '', contentless_delete = 1,
  tokenize = "unicode61 remove_diacritics 2");
DROP TABLE index_place;
DROP TABLE index_pair;
DROP TABLE index_string;
CREATE TABLE index_string (param INTEGER NOT NULL, value TEXT NOT NULL, rid INTEGER NOT NULL,
  PRIMARY KEY (param, value, rid)) WITHOUT ROWID;
CREATE INDEX index_string_rid ON index_string (rid);
DELETE FROM meta WHERE key = 'index_version' OR key GLOB 'reindexed_*';
