-- The search index: derived from the records, one table for each kind of FHIR search value, clustered by value.
CREATE TABLE param (ref INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (kind, name));

CREATE TABLE index_string (param INTEGER NOT NULL, value TEXT NOT NULL, rid INTEGER NOT NULL,
  PRIMARY KEY (param, value, rid)) WITHOUT ROWID;
CREATE INDEX index_string_rid ON index_string (rid);

CREATE TABLE index_token (param INTEGER NOT NULL, code TEXT NOT NULL, system TEXT NOT NULL, rid INTEGER NOT NULL,
  PRIMARY KEY (param, code, system, rid)) WITHOUT ROWID;
CREATE INDEX index_token_rid ON index_token (rid);

CREATE TABLE index_date (param INTEGER NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL, rid INTEGER NOT NULL,
  PRIMARY KEY (param, low, high, rid)) WITHOUT ROWID;
CREATE INDEX index_date_rid ON index_date (rid);

CREATE TABLE index_reference (param INTEGER NOT NULL, target_id TEXT NOT NULL, target_kind TEXT NOT NULL,
  rid INTEGER NOT NULL, PRIMARY KEY (param, target_id, target_kind, rid)) WITHOUT ROWID;
CREATE INDEX index_reference_rid ON index_reference (rid);

CREATE TABLE index_number (param INTEGER NOT NULL, low REAL NOT NULL, high REAL NOT NULL, rid INTEGER NOT NULL,
  PRIMARY KEY (param, low, high, rid)) WITHOUT ROWID;
CREATE INDEX index_number_rid ON index_number (rid);

CREATE TABLE index_quantity (param INTEGER NOT NULL, code TEXT NOT NULL, low REAL NOT NULL, high REAL NOT NULL,
  system TEXT NOT NULL, rid INTEGER NOT NULL, PRIMARY KEY (param, code, low, high, system, rid)) WITHOUT ROWID;
CREATE INDEX index_quantity_rid ON index_quantity (rid);

CREATE TABLE index_uri (param INTEGER NOT NULL, value TEXT NOT NULL, rid INTEGER NOT NULL,
  PRIMARY KEY (param, value, rid)) WITHOUT ROWID;
CREATE INDEX index_uri_rid ON index_uri (rid);

-- The patients a record belongs to.
CREATE TABLE compartment (patient TEXT NOT NULL, rid INTEGER NOT NULL, PRIMARY KEY (patient, rid)) WITHOUT ROWID;
CREATE INDEX compartment_rid ON compartment (rid);

CREATE VIRTUAL TABLE narrative USING fts5 (text, content = '', contentless_delete = 1,
  tokenize = "unicode61 remove_diacritics 2");
