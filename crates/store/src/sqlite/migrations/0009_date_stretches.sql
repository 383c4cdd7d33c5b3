-- A date is looked for between two times by where it begins, which says something only of those that are short: the longer
-- ones stand by how long they are, to an hour over a day, to 32 days, and beyond. What is shorter, an instant as a rule, is
-- in no index but its own. Filled anew with the whole index, for the spans of records with several dates.
CREATE INDEX index_date_long ON index_date (param,
  (high - low > 60000) + (high - low > 90000000) + (high - low > 2764800000), low, high, rid) WHERE high - low > 60000;
DELETE FROM meta WHERE key = 'index_version' OR key GLOB 'reindexed_*';
