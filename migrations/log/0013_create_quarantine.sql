-- Objects and uploads in parts that no event explains. Nothing is done to them while they lie here; what is still
-- unexplained after a long time is deleted, and its row is kept. `place` is 'held' for what lies here now and NULL for
-- what was deleted: its unique key is what keeps an object from lying here twice.
CREATE TABLE quarantine (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  object_key VARBINARY(1024) NOT NULL,
  upload_id VARBINARY(512) NOT NULL,
  e_tag VARBINARY(255) NOT NULL,
  bytes BIGINT UNSIGNED NOT NULL,
  reason VARCHAR(255) NOT NULL,
  first_seen_at DATETIME(6) NOT NULL,
  deleting_at DATETIME(6) NULL,
  deleted_at DATETIME(6) NULL,
  place VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NULL,
  PRIMARY KEY (id),
  UNIQUE KEY quarantine_place (object_key, upload_id, place),
  KEY quarantine_held (place, id)
) ENGINE=InnoDB;
