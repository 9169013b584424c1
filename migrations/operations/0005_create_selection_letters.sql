-- The letters of a selection, each with the number of failures that it had when it was chosen.
CREATE TABLE selection_letters (
  selection_id BINARY(16) NOT NULL,
  letter_id BIGINT UNSIGNED NOT NULL,
  failures INT UNSIGNED NOT NULL,
  state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (selection_id, letter_id),
  KEY selection_letters_state (selection_id, state, letter_id)
) ENGINE=InnoDB;
