-- Messages that a consumer gave up on, once a consumer and event. `failures` counts how often it was given
-- up on, and tells whether a letter is still the one that an operator saw.
CREATE TABLE dead_letters (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  consumer VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  event_id BINARY(16) NOT NULL,
  stream VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  category VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version BIGINT UNSIGNED NOT NULL,
  type VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  trace_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  error VARCHAR(1024) NOT NULL,
  fingerprint CHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  attempts INT UNSIGNED NOT NULL,
  failures INT UNSIGNED NOT NULL,
  first_failed_at DATETIME(6) NOT NULL,
  last_failed_at DATETIME(6) NOT NULL,
  state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  changed_at DATETIME(6) NOT NULL,
  claimed_until DATETIME(6) NULL,
  claim BINARY(16) NULL,
  discard_reason VARCHAR(1024) NULL,
  body_bytes BIGINT UNSIGNED NOT NULL,
  headers MEDIUMTEXT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY dead_letters_event (consumer, event_id),
  KEY dead_letters_groups (state, consumer, fingerprint, first_failed_at, last_failed_at),
  KEY dead_letters_list (state, last_failed_at)
) ENGINE=InnoDB;
