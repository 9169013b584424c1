-- What guests of a share are asked for: Argon2id in PHC form. It must never be in the log.
CREATE TABLE share_passwords (
  share_id BINARY(16) NOT NULL,
  album_id BINARY(16) NOT NULL,
  account_id BINARY(16) NOT NULL,
  password_hash VARCHAR(255) CHARACTER SET ascii NOT NULL,
  PRIMARY KEY (share_id),
  KEY share_passwords_album (album_id),
  KEY share_passwords_account (account_id)
) ENGINE=InnoDB;
