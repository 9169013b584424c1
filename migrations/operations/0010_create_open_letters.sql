-- The letters that wait, and what they are chosen by. Narrow, because it is what a replay works off: a letter that
-- is done with leaves it, and its wide row in dead_letters stays as it is.
CREATE TABLE open_letters (
  letter_id BIGINT UNSIGNED NOT NULL,
  consumer VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  fingerprint CHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  failures INT UNSIGNED NOT NULL,
  first_failed_at DATETIME(6) NOT NULL,
  last_failed_at DATETIME(6) NOT NULL,
  PRIMARY KEY (letter_id),
  KEY open_letters_groups (consumer, fingerprint, first_failed_at, last_failed_at)
) ENGINE=InnoDB;
