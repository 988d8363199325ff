-- Runs that start from a stage of an older one.

-- A stage retry that stands in line: it is tried when no retry of that run is live any more.
ALTER TABLE pending_commands ADD COLUMN waits_for text COLLATE "C";

-- The retries of a tree, by its root: a root itself has no parent and is found by its key.
CREATE INDEX flow_run_history_tree ON flow_run_history (root_run_id, run_number) WHERE parent_run_id IS NOT NULL;

-- Before the rows of a stage retry are written: nobody else makes one in its tree until this turn is over, and its parent
-- is, and stays, as the lane has read it; else FF002. A revival of the parent waits for us here, and then meets live_key;
-- taken before anything that a revival could hold, so that the two never wait for each other.
CREATE FUNCTION stage_retry_lock(roots text[], parents text[], times timestamptz[], ends integer[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    place integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(root, 7)) FROM (
        SELECT DISTINCT root FROM unnest(roots) AS t(root) ORDER BY root) AS r;
    FOR place IN SELECT t.n FROM unnest(parents) WITH ORDINALITY AS t(parent, n) ORDER BY t.parent LOOP
        PERFORM 1 FROM flow_run_history
         WHERE run_id = parents[place] AND updated_at = times[place] AND completed_at IS NOT NULL
           AND coalesce((control ->> 'endings')::integer, 0) = ends[place]
           FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the parent of a stage retry has changed' USING ERRCODE = 'FF002';
        END IF;
    END LOOP;
END $$;
