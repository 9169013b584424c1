ALTER TABLE albums
  ADD COLUMN deleted_at_micros BIGINT NULL,
  ADD COLUMN deleted_position BIGINT UNSIGNED NULL;
