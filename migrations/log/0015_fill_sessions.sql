-- Sign-ins from before the table was there: of what device they are nobody knows.
INSERT INTO sessions (session_id, account_id, device, started_at, last_used_at)
SELECT family_id, MIN(account_id), '', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)
FROM refresh_tokens GROUP BY family_id;
