-- What was left of deleted albums.
UPDATE media m JOIN albums a ON a.album_id = m.album_id
SET m.due = 1
WHERE a.deleted = TRUE AND m.state < 2;
