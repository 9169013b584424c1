-- Events that the bus has not confirmed yet.
CREATE TABLE outbox (
  position BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (position)
) ENGINE=InnoDB;
