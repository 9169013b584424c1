-- What lay in the trash before it was known since when: its time begins with this migration.
UPDATE media
SET trashed_at_micros = CAST(UNIX_TIMESTAMP(UTC_TIMESTAMP(6)) * 1000000 AS SIGNED), trashed_position = 0
WHERE state = 2;
