-- Every build of every read model, the dropped ones included. `place` is 'live' for the one that answers
-- queries, 'next' for the one that is to follow it, and NULL for all others: its unique key is what keeps
-- two rebuilds from racing and two generations from being live.
CREATE TABLE generations (
  projection VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  generation INT UNSIGNED NOT NULL,
  state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  place VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NULL,
  rebuild_id BINARY(16) NOT NULL,
  stopped BOOLEAN NOT NULL DEFAULT FALSE,
  scanned_to BIGINT UNSIGNED NOT NULL DEFAULT 0,
  scan_end BIGINT UNSIGNED NOT NULL DEFAULT 0,
  events_scanned BIGINT UNSIGNED NOT NULL DEFAULT 0,
  rate_from DATETIME(6) NULL,
  rate_from_position BIGINT UNSIGNED NOT NULL DEFAULT 0,
  rate_from_events BIGINT UNSIGNED NOT NULL DEFAULT 0,
  lease_owner BINARY(16) NULL,
  lease_until DATETIME(6) NULL,
  started_at DATETIME(6) NOT NULL,
  state_since DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  drop_at DATETIME(6) NULL,
  error VARCHAR(1024) CHARACTER SET utf8mb4 NOT NULL DEFAULT '',
  PRIMARY KEY (projection, generation),
  UNIQUE KEY generations_place (projection, place)
) ENGINE=InnoDB;
