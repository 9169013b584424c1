-- The read models that there were before there were generations.
INSERT IGNORE INTO generations (projection, generation, state, place, rebuild_id, started_at, state_since, updated_at)
VALUES
  ('album-listings', 1, 'live', 'live', UNHEX(REPEAT('00', 16)), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)),
  ('storage-usage', 1, 'live', 'live', UNHEX(REPEAT('00', 16)), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6));
