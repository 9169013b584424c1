-- The version of each stream that this generation has applied. It changes in the same transaction as
-- the rows, so that no event is applied twice or left out.
CREATE TABLE gate (
  stream_id BINARY(16) NOT NULL,
  version BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (stream_id)
) ENGINE=InnoDB;
