-- The log. Never updated, never deleted. events_stream_version is the optimistic lock that everything
-- rests on; events_command makes commands idempotent.
CREATE TABLE events (
  position BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  stream_id BINARY(16) NOT NULL,
  version BIGINT UNSIGNED NOT NULL,
  event_id BINARY(16) NOT NULL,
  command_id BINARY(16) NOT NULL,
  command_index SMALLINT UNSIGNED NOT NULL,
  type VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  payload MEDIUMBLOB NOT NULL,
  metadata BLOB NOT NULL,
  recorded_at DATETIME(6) NOT NULL,
  PRIMARY KEY (position),
  UNIQUE KEY events_stream_version (stream_id, version),
  UNIQUE KEY events_event_id (event_id),
  UNIQUE KEY events_command (command_id, command_index)
) ENGINE=InnoDB;
