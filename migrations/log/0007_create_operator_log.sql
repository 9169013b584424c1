-- What operators did: who, when, what, and how it ended. Rows are never deleted.
CREATE TABLE operator_log (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  at DATETIME(6) NOT NULL,
  operator BINARY(16) NOT NULL,
  action VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  arguments TEXT NOT NULL,
  outcome VARCHAR(1024) NOT NULL,
  ended_at DATETIME(6) NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB;
