-- Comparisons of a live generation with the next one. Rows are never deleted: they say why a switch was right.
CREATE TABLE comparisons (
  comparison_id BINARY(16) NOT NULL,
  projection VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  live INT UNSIGNED NOT NULL,
  next INT UNSIGNED NOT NULL,
  state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  rows_compared BIGINT UNSIGNED NOT NULL DEFAULT 0,
  differences BIGINT UNSIGNED NOT NULL DEFAULT 0,
  details MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL,
  started_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  PRIMARY KEY (comparison_id),
  KEY comparisons_of (projection, live, next, started_at)
) ENGINE=InnoDB;
