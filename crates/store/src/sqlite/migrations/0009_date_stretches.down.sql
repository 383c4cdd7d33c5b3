DROP INDEX index_date_long;
DELETE FROM index_date WHERE param IN (SELECT ref FROM param WHERE name GLOB '*:span');
DELETE FROM param WHERE name GLOB '*:span';
