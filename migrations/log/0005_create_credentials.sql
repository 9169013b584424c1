-- What an account signs in with. Never in the log. email_index is a keyed hash, so that this table does not
-- tell who has an account.
CREATE TABLE credentials (
  account_id BINARY(16) NOT NULL,
  email_index BINARY(32) NOT NULL,
  password_hash VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  role VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (account_id),
  UNIQUE KEY credentials_email_index (email_index)
) ENGINE=InnoDB;
