-- Refresh tokens by their hash. A family is one sign-in; using a token twice revokes its family.
CREATE TABLE refresh_tokens (
  token_hash BINARY(32) NOT NULL,
  family_id BINARY(16) NOT NULL,
  account_id BINARY(16) NOT NULL,
  expires_at DATETIME(6) NOT NULL,
  used_at DATETIME(6) NULL,
  PRIMARY KEY (token_hash),
  KEY refresh_tokens_family (family_id),
  KEY refresh_tokens_account (account_id),
  KEY refresh_tokens_expiry (expires_at)
) ENGINE=InnoDB;
