-- When an album, or an item in it, changed here last: by this database's clock, so that whoever watches finds it by
-- the time. It is no part of the read model, and another generation's is another.
CREATE TABLE touched (
  album_id BINARY(16) NOT NULL,
  account_id BINARY(16) NOT NULL,
  at_micros BIGINT NOT NULL,
  PRIMARY KEY (album_id),
  KEY touched_since (account_id, at_micros)
) ENGINE=InnoDB;
