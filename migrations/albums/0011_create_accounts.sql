-- What holds for all media of an account: up to which position of the log its trash was emptied, and whether it
-- is closed.
CREATE TABLE accounts (
  account_id BINARY(16) NOT NULL,
  emptied_position BIGINT UNSIGNED NOT NULL DEFAULT 0,
  closed BOOLEAN NOT NULL DEFAULT FALSE,
  erased BOOLEAN NOT NULL DEFAULT FALSE,
  PRIMARY KEY (account_id),
  KEY accounts_closed (closed, erased, account_id)
) ENGINE=InnoDB;
