-- Media items that are not gone. state: 0 uploading, 1 stored, 2 in the trash.
CREATE TABLE media (
  media_id BINARY(16) NOT NULL,
  account_id BINARY(16) NOT NULL,
  album_id BINARY(16) NOT NULL,
  file_name_sealed VARBINARY(2048) NOT NULL,
  content_type VARCHAR(64) CHARACTER SET ascii NOT NULL,
  kind TINYINT NOT NULL,
  bytes BIGINT NOT NULL,
  sha256 BINARY(32) NOT NULL,
  state TINYINT NOT NULL,
  added_at_micros BIGINT NOT NULL,
  PRIMARY KEY (media_id),
  KEY media_listing (album_id, state, added_at_micros, media_id),
  KEY media_checksum (account_id, sha256)
) ENGINE=InnoDB;
