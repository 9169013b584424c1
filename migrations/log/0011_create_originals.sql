-- Where an account may have an original already: hints, by checksum. The media item's own stream says whether
-- it really is there.
CREATE TABLE originals (
  account_id BINARY(16) NOT NULL,
  sha256 BINARY(32) NOT NULL,
  media_id BINARY(16) NOT NULL,
  PRIMARY KEY (account_id, sha256, media_id)
) ENGINE=InnoDB;
