-- Search parameters of a clinic's own: derived from its SearchParameter records. `state` 0 is being indexed, 1 answers, 2 is
-- being taken away. `done` and `upto` are rows of `resource`: how far it is, and how far it goes.
CREATE TABLE own_parameter (
  slot INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  definition TEXT NOT NULL,
  state INTEGER NOT NULL,
  done INTEGER NOT NULL,
  upto INTEGER NOT NULL,
  failed INTEGER NOT NULL
);
