-- Events that an operator has discarded: the gate passes them without any effect on the rows. They stay in
-- the log.
CREATE TABLE skips (
  stream_id BINARY(16) NOT NULL,
  version BIGINT UNSIGNED NOT NULL,
  reason VARCHAR(1024) NOT NULL,
  by_whom VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  at_micros BIGINT NOT NULL,
  PRIMARY KEY (stream_id, version)
) ENGINE=InnoDB;
