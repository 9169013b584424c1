-- What an operator chose: frozen, so that what came later is not caught.
CREATE TABLE selections (
  id BINARY(16) NOT NULL,
  made_at DATETIME(6) NOT NULL,
  made_by BINARY(16) NOT NULL,
  criteria TEXT NOT NULL,
  letters BIGINT UNSIGNED NOT NULL,
  action BIGINT UNSIGNED NULL,
  PRIMARY KEY (id),
  KEY selections_made_at (made_at)
) ENGINE=InnoDB;
