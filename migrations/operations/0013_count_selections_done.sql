UPDATE selections s
SET s.done = (
  SELECT COUNT(*) FROM selection_letters l WHERE l.selection_id = s.id AND l.state IN ('replayed', 'discarded')
);
