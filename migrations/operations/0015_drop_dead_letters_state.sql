-- A letter waits while it is in open_letters. Otherwise it was discarded, for a reason, or replayed.
ALTER TABLE dead_letters
  DROP KEY dead_letters_groups,
  DROP KEY dead_letters_list,
  DROP COLUMN state,
  DROP COLUMN changed_at,
  DROP COLUMN claim,
  DROP COLUMN claimed_until;
