-- Every time that a letter was given up on. `arrival` is the same when the broker only delivers it again.
CREATE TABLE dead_letter_failures (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  letter_id BIGINT UNSIGNED NOT NULL,
  arrival BINARY(16) NOT NULL,
  failed_at DATETIME(6) NOT NULL,
  first_failed_at DATETIME(6) NOT NULL,
  attempts INT UNSIGNED NOT NULL,
  error VARCHAR(1024) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY dead_letter_failures_arrival (letter_id, arrival)
) ENGINE=InnoDB;
