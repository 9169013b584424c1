-- A letter of a selection is pending while it is open and has failed as often as when it was chosen.
ALTER TABLE selection_letters
  DROP KEY selection_letters_state,
  DROP COLUMN state;
