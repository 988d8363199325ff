-- What retry workers need beside the rows that lanes write: claims by name, parking, breakers by handler and tenant.

ALTER TABLE task_retries
    -- The worker whose claim it is; only it removes the row, and only while claimed_until is set.
    ADD COLUMN claimed_by  text COLLATE "C",
    ADD COLUMN pool        text COLLATE "C" NOT NULL DEFAULT 'default',
    ADD COLUMN traceparent text,
    -- Held back by an open breaker. The due time stays as it was.
    ADD COLUMN parked      boolean NOT NULL DEFAULT false,
    ADD COLUMN handler     text COLLATE "C" GENERATED ALWAYS AS (message ->> 'handler') STORED,
    ADD COLUMN tenant_id   text COLLATE "C" GENERATED ALWAYS AS (message ->> 'tenant_id') STORED;
-- Rows come and go all day: claims are updates that touch no index, and dead rows are taken away early.
ALTER TABLE task_retries SET (
    fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_cost_delay = 0);
DROP INDEX task_retries_due;
CREATE INDEX task_retries_due ON task_retries (due_at) WHERE NOT parked;
CREATE INDEX task_retries_parked ON task_retries (handler, tenant_id, due_at) WHERE parked;

-- Tells sleeping workers when rows become due that nobody knew of; the payload is that time in Unix microseconds.
CREATE FUNCTION task_retries_announce(soonest timestamptz) RETURNS void LANGUAGE sql AS $$
    SELECT pg_notify('task_retries', (extract(epoch FROM soonest) * 1000000)::bigint::text) WHERE isfinite(soonest)
$$;
CREATE FUNCTION task_retries_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM task_retries_announce((SELECT min(due_at) FROM written));
    RETURN NULL;
END $$;
CREATE TRIGGER task_retries_written AFTER INSERT ON task_retries REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION task_retries_written();
-- Resuming a run, and a lane that writes a row anew. Claims change no due time, so they never come here.
CREATE FUNCTION task_retries_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM task_retries_announce(NEW.due_at);
    RETURN NULL;
END $$;
CREATE TRIGGER task_retries_moved AFTER UPDATE OF due_at ON task_retries
    FOR EACH ROW WHEN (NEW.due_at < OLD.due_at) EXECUTE FUNCTION task_retries_moved();

-- How attempts ended, by second: written by lanes once a second, only for handlers that failed lately.
CREATE TABLE handler_outcomes (
    handler   text COLLATE "C" NOT NULL,
    tenant_id text COLLATE "C" NOT NULL,
    second    timestamptz NOT NULL,
    succeeded bigint NOT NULL,
    failed    bigint NOT NULL,
    PRIMARY KEY (second, handler, tenant_id)
);

-- Breakers that opened at least once. A change names the version it read, so several workers act as one.
CREATE TABLE handler_breakers (
    handler    text COLLATE "C" NOT NULL,
    tenant_id  text COLLATE "C" NOT NULL,
    state      text NOT NULL CHECK (state IN ('closed','open','probing')),
    version    bigint NOT NULL,
    openings   integer NOT NULL,
    wave       integer NOT NULL DEFAULT 0,
    wave_size  integer NOT NULL DEFAULT 0,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    opened_at  timestamptz NOT NULL,
    reason     text NOT NULL DEFAULT '',
    PRIMARY KEY (handler, tenant_id)
);

-- The attempts that are out in a breaker's present wave; task_attempts tells how they ended.
CREATE TABLE breaker_waves (
    handler   text COLLATE "C" NOT NULL,
    tenant_id text COLLATE "C" NOT NULL,
    run_id    text COLLATE "C" NOT NULL,
    task_id   text COLLATE "C" NOT NULL,
    attempt   integer NOT NULL,
    PRIMARY KEY (handler, tenant_id, run_id, task_id, attempt)
);

-- What people see of breakers: which are not closed, since when, why, and how much they hold back.
CREATE VIEW open_breakers AS
    SELECT b.handler, b.tenant_id, b.state, b.opened_at, b.changed_at, b.openings, b.wave, b.wave_size, b.reason,
           (SELECT count(*) FROM task_retries r
            WHERE r.parked AND r.handler = b.handler AND r.tenant_id = b.tenant_id) AS parked
    FROM handler_breakers b WHERE b.state <> 'closed';
