-- One row for each sign-in: a family of refresh tokens on one device.
CREATE TABLE sessions (
  session_id BINARY(16) NOT NULL,
  account_id BINARY(16) NOT NULL,
  device VARCHAR(200) CHARACTER SET utf8mb4 NOT NULL,
  started_at DATETIME(6) NOT NULL,
  last_used_at DATETIME(6) NOT NULL,
  PRIMARY KEY (session_id),
  KEY sessions_account (account_id)
) ENGINE=InnoDB;
