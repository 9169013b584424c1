-- The very bytes of dead letters, in parts, so that no letter is too large for a packet.
CREATE TABLE dead_letter_bodies (
  letter_id BIGINT UNSIGNED NOT NULL,
  part INT UNSIGNED NOT NULL,
  bytes MEDIUMBLOB NOT NULL,
  PRIMARY KEY (letter_id, part)
) ENGINE=InnoDB;
