-- Since when an item lies in the trash, whether it went there with its album, and what is due with it:
-- 0 nothing, 1 to follow its album, 2 to be deleted because the trash was emptied.
ALTER TABLE media
  ADD COLUMN trashed_at_micros BIGINT NULL,
  ADD COLUMN trashed_position BIGINT UNSIGNED NULL,
  ADD COLUMN with_album BOOLEAN NOT NULL DEFAULT FALSE,
  ADD COLUMN due TINYINT NOT NULL DEFAULT 0,
  ADD KEY media_trash (account_id, state, trashed_at_micros, media_id),
  ADD KEY media_due (due, media_id),
  ADD KEY media_trashed (state, trashed_at_micros),
  ADD KEY media_started (state, added_at_micros);
