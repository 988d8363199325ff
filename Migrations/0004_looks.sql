-- What the lanes keep for held tasks and the two looks.

-- When the current attempt was first said to be held: its time limit counts from there.
ALTER TABLE task_execution_history ADD COLUMN held_since timestamptz;

-- Every unfinished run of the lane with an earlier next_check_at has been looked at. Written now and then; what is
-- looked at twice is harmless.
ALTER TABLE lane_checkpoint ADD COLUMN looked_until timestamptz NOT NULL DEFAULT 'epoch';
