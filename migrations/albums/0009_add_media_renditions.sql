-- What was made from an original: rendition_state 0 being made, 1 ready, 2 failed; `renditions` is the event
-- that says so, RenditionsRecorded or RenditionsFailed.
ALTER TABLE media
  ADD COLUMN rendition_state TINYINT NOT NULL DEFAULT 0,
  ADD COLUMN renditions VARBINARY(4096) NULL;
