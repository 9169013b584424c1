-- How far this read model has been seen to hold what the log holds: one row, taken under lock by one instance
-- at a time.
CREATE TABLE trail (
  id TINYINT UNSIGNED NOT NULL,
  position BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB;
