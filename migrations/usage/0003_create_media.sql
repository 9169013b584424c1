-- What the counts of an account are made of. state: 0 uploading, 1 stored, 2 in the trash.
CREATE TABLE media (
  media_id BINARY(16) NOT NULL,
  account_id BINARY(16) NOT NULL,
  kind TINYINT NOT NULL,
  bytes BIGINT NOT NULL,
  state TINYINT NOT NULL,
  PRIMARY KEY (media_id)
) ENGINE=InnoDB;
