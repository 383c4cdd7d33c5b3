-- The records of a kind in the order they were made: searches without an order are paged so.
CREATE INDEX resource_kind ON resource (kind, deleted);
