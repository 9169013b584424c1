-- What each account holds. A row whose opened_at_micros is NULL only holds sums that came before their
-- account did: streams may overtake each other.
CREATE TABLE accounts (
  account_id BINARY(16) NOT NULL,
  email_sealed VARBINARY(2048) NULL,
  display_name_sealed VARBINARY(2048) NULL,
  opened_at_micros BIGINT NULL,
  quota_bytes BIGINT NOT NULL DEFAULT 0,
  reserved_bytes BIGINT NOT NULL DEFAULT 0,
  stored_bytes BIGINT NOT NULL DEFAULT 0,
  trash_bytes BIGINT NOT NULL DEFAULT 0,
  photos BIGINT NOT NULL DEFAULT 0,
  videos BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (account_id)
) ENGINE=InnoDB;
