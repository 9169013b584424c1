-- Links to albums; the key that stands in them is sealed.
CREATE TABLE shares (
  share_id BINARY(16) NOT NULL,
  album_id BINARY(16) NOT NULL,
  account_id BINARY(16) NOT NULL,
  key_sealed VARBINARY(255) NOT NULL,
  created_at_micros BIGINT NOT NULL,
  expires_at_micros BIGINT NOT NULL,
  has_password BOOLEAN NOT NULL,
  guests_may_download BOOLEAN NOT NULL,
  guests_may_upload BOOLEAN NOT NULL,
  PRIMARY KEY (share_id),
  KEY shares_album (album_id)
) ENGINE=InnoDB;
