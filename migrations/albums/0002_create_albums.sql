-- Album cards. Titles stay sealed; they are opened when they are read. A row whose created_at_micros is
-- NULL only holds counts of media that came before their album did: streams may overtake each other.
CREATE TABLE albums (
  album_id BINARY(16) NOT NULL,
  account_id BINARY(16) NOT NULL,
  title_sealed VARBINARY(2048) NULL,
  created_at_micros BIGINT NULL,
  deleted BOOLEAN NOT NULL DEFAULT FALSE,
  photos BIGINT NOT NULL DEFAULT 0,
  videos BIGINT NOT NULL DEFAULT 0,
  bytes BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (album_id),
  KEY albums_listing (account_id, deleted, created_at_micros, album_id),
  KEY albums_deleted (deleted)
) ENGINE=InnoDB;
