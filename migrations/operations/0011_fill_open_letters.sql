INSERT INTO open_letters (letter_id, consumer, fingerprint, failures, first_failed_at, last_failed_at)
SELECT id, consumer, fingerprint, failures, first_failed_at, last_failed_at FROM dead_letters WHERE state = 'open';
