-- The key that seals each account's personal text, wrapped with the master key. Deleting a row erases the
-- person from the log.
CREATE TABLE account_keys (
  account_id BINARY(16) NOT NULL,
  wrapped_key VARBINARY(128) NOT NULL,
  PRIMARY KEY (account_id)
) ENGINE=InnoDB;
