-- The item that was chosen to stand for the album; it may have left the album since.
ALTER TABLE albums ADD COLUMN cover_media_id BINARY(16) NULL;
