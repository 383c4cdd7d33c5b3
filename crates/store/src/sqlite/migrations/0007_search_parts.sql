-- Strings as they are written, the parts of composites in one row, places, and narratives apart from other words. Filled
-- anew with the whole index.
DROP TABLE index_string;
CREATE TABLE index_string (param INTEGER NOT NULL, value TEXT NOT NULL, written TEXT NOT NULL, rid INTEGER NOT NULL,
  PRIMARY KEY (param, value, written, rid)) WITHOUT ROWID;
CREATE INDEX index_string_rid ON index_string (rid);

-- What a part does not have is '' and 0: such a column takes no byte.
CREATE TABLE index_pair (param INTEGER NOT NULL, code1 TEXT NOT NULL, code2 TEXT NOT NULL, low2 REAL NOT NULL,
  high2 REAL NOT NULL, system1 TEXT NOT NULL, system2 TEXT NOT NULL, low1 REAL NOT NULL, high1 REAL NOT NULL,
  rid INTEGER NOT NULL, PRIMARY KEY (param, code1, code2, low2, high2, system1, system2, low1, high1, rid)) WITHOUT ROWID;
CREATE INDEX index_pair_rid ON index_pair (rid);

-- On a globe of radius 1.
CREATE TABLE index_place (param INTEGER NOT NULL, z REAL NOT NULL, x REAL NOT NULL, y REAL NOT NULL, rid INTEGER NOT NULL,
  PRIMARY KEY (param, z, x, y, rid)) WITHOUT ROWID;
CREATE INDEX index_place_rid ON index_place (rid);

DROP TABLE narrative;
CREATE VIRTUAL TABLE narrative USING fts5 (text, story, content = '', contentless_delete = 1,
  tokenize = "unicode61 remove_diacritics 2");
DELETE FROM meta WHERE key = 'index_version' OR key GLOB 'reindexed_*';
