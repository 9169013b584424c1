-- How many of a selection's letters were replayed or discarded by it.
ALTER TABLE selections ADD COLUMN done BIGINT UNSIGNED NOT NULL DEFAULT 0;
