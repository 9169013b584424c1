-- How far it has been seen that what the log says is purged: one row, taken under lock by one instance at a time.
CREATE TABLE trail (
  id TINYINT UNSIGNED NOT NULL,
  position BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB;
