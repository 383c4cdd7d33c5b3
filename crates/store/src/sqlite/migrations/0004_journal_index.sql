-- Entries by actor and by event, filled behind the writer like `journal_record`: an append is one row and no more.
DROP INDEX journal_actor;
DROP INDEX journal_event;
CREATE TABLE journal_by_actor (actor INTEGER NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (actor, sequence)) WITHOUT ROWID;
CREATE TABLE journal_by_event (event INTEGER NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (event, sequence)) WITHOUT ROWID;
DELETE FROM meta WHERE key = 'journal_indexed';
