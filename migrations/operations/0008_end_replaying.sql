-- Being replayed is no state any more: a claim says it for as long as it holds.
UPDATE dead_letters SET state = 'open' WHERE state = 'replaying';
