-- Work that only one process may do at a time: who has it, and until when if nothing more is heard of them. `held_by`
-- is of one holder alone; `owner` names that holder to people. A lease that has run out may be taken over.
CREATE TABLE leases (
  name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  held_by BINARY(16) NOT NULL,
  owner VARCHAR(255) NOT NULL,
  taken_at DATETIME(6) NOT NULL,
  held_until DATETIME(6) NOT NULL,
  done_at DATETIME(6) NULL,
  PRIMARY KEY (name)
) ENGINE=InnoDB;
