-- Folded states, so that a long stream loads fast. May be emptied at any time.
CREATE TABLE snapshots (
  stream_id BINARY(16) NOT NULL,
  version BIGINT UNSIGNED NOT NULL,
  state_schema INT UNSIGNED NOT NULL,
  state MEDIUMBLOB NOT NULL,
  PRIMARY KEY (stream_id)
) ENGINE=InnoDB;
