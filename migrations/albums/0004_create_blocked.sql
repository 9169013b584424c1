-- Streams that wait for an event that cannot be applied. What comes after it is only remembered, and read from
-- the log once that event has been applied or skipped. A row changes only under the lock of its gate.
CREATE TABLE blocked (
  stream_id BINARY(16) NOT NULL,
  category VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  failed_version BIGINT UNSIGNED NOT NULL,
  seen_up_to BIGINT UNSIGNED NOT NULL,
  error VARCHAR(1024) NOT NULL,
  since_micros BIGINT NOT NULL,
  attempts INT UNSIGNED NOT NULL,
  PRIMARY KEY (stream_id),
  KEY blocked_since (since_micros, stream_id)
) ENGINE=InnoDB;
