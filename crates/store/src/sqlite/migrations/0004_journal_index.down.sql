DROP TABLE journal_by_actor;
DROP TABLE journal_by_event;
CREATE INDEX journal_actor ON journal (actor);
CREATE INDEX journal_event ON journal (event);
