DROP INDEX resource_kind;
