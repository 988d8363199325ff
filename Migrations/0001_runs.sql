-- Runs, their tasks, and what the lanes need to own them. Facts are rows; work is derived from them (docs/explanation).
-- Ids are compared as bytes (collation "C"): they are names, not words.

CREATE TABLE installation (
    only_one  boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    id        text NOT NULL
);
INSERT INTO installation (id) VALUES (gen_random_uuid()::text);

CREATE TABLE flow_run_history (
    id                bigint GENERATED ALWAYS AS IDENTITY,
    run_id            text COLLATE "C" PRIMARY KEY,
    flow_id           text COLLATE "C" NOT NULL,
    tenant_id         text COLLATE "C" NOT NULL,
    user_id           text COLLATE "C" NOT NULL,
    correlation_id    text COLLATE "C" NOT NULL,
    status            text NOT NULL CHECK (status IN ('requested','running','paused','completed','failed','cancelled')),
    input_data        jsonb,
    output_data       jsonb,
    execution_context jsonb,
    error_message     text,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    completed_at      timestamptz,
    flow_version      integer,
    session_id        text COLLATE "C" NOT NULL,
    lane              integer NOT NULL,
    batch             bigint NOT NULL,
    labels            jsonb,
    degraded          boolean NOT NULL DEFAULT false,
    config_snapshot   jsonb NOT NULL,
    parent_run_id     text COLLATE "C",
    root_run_id       text COLLATE "C",
    retry_from_stage  text COLLATE "C",
    retry_depth       integer NOT NULL DEFAULT 0,
    run_number        integer NOT NULL DEFAULT 1,
    live_key          text COLLATE "C",
    next_check_at     timestamptz,
    control           jsonb,
    CHECK ((completed_at IS NOT NULL) = (status IN ('completed','failed','cancelled')))
) WITH (fillfactor = 80);
CREATE INDEX flow_run_history_session ON flow_run_history (session_id);
-- For lists of the newest runs. It only grows at its right end: 0.8 µs and 66 bytes of WAL a run, where a BRIN index would
-- cost nothing and could not give them in order.
CREATE INDEX flow_run_history_created ON flow_run_history (created_at);
CREATE UNIQUE INDEX flow_run_history_live ON flow_run_history (live_key) WHERE live_key IS NOT NULL;
-- Entries of ended runs stay until the sweep meets them, so that ending a run touches no index.
CREATE INDEX flow_run_history_check ON flow_run_history (lane, next_check_at) WHERE next_check_at IS NOT NULL;

CREATE TABLE task_execution_history (
    id                bigint GENERATED ALWAYS AS IDENTITY,
    run_id            text COLLATE "C" NOT NULL,
    task_id           text COLLATE "C" NOT NULL,
    handler           text COLLATE "C" NOT NULL,
    status            text NOT NULL
        CHECK (status IN ('pending','running','retrying','succeeded','degraded','failed','skipped','cancelled')),
    attempts          integer NOT NULL,
    input_data        jsonb,
    output_data       jsonb,
    error_message     text,
    execution_time_ms bigint,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    completed_at      timestamptz,
    batch             bigint NOT NULL,
    error_class       text,
    worker_id         text,
    started_at        timestamptz,
    stage_order       integer NOT NULL,
    next              text COLLATE "C",
    next_retry_at     timestamptz,
    held_until        timestamptz,
    attempt_base      integer NOT NULL DEFAULT 0,
    reused_from       text COLLATE "C",
    PRIMARY KEY (run_id, task_id)
) WITH (fillfactor = 90);

CREATE TABLE task_attempts (
    run_id            text COLLATE "C" NOT NULL,
    task_id           text COLLATE "C" NOT NULL,
    attempt           integer NOT NULL,
    batch             bigint NOT NULL,
    status            text NOT NULL,
    error             text,
    error_class       text,
    error_type        text,
    worker_id         text,
    started_at        timestamptz,
    finished_at       timestamptz,
    execution_time_ms bigint,
    PRIMARY KEY (run_id, task_id, attempt)
);

CREATE TABLE task_retries (
    run_id        text COLLATE "C" NOT NULL,
    task_id       text COLLATE "C" NOT NULL,
    attempt       integer NOT NULL,
    due_at        timestamptz NOT NULL,
    claimed_until timestamptz,
    message       jsonb NOT NULL,
    PRIMARY KEY (run_id, task_id, attempt)
);
CREATE INDEX task_retries_due ON task_retries (due_at);

-- One row a lane: who owns it, how far it has come, and what its last batch touched.
CREATE TABLE lane_checkpoint (
    lane         integer PRIMARY KEY,
    epoch        bigint NOT NULL,
    owner        text NOT NULL,
    backend      integer NOT NULL,
    batch        bigint NOT NULL,
    emitted      bigint NOT NULL,
    takes        integer NOT NULL,
    trying       jsonb,
    offsets      jsonb NOT NULL,
    touched      text NOT NULL DEFAULT '',   -- run ids of the last batch, one a line (ids hold no control characters)
    installation text NOT NULL,
    updated_at   timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 10);

-- A position that Kafka no longer had, and where the lane went on.
CREATE TABLE lane_gaps (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lane         integer NOT NULL,
    topic        text NOT NULL,
    expected     bigint NOT NULL,
    continued_at bigint NOT NULL,
    noticed_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Work that cannot be derived from rows: published with its batch, removed when that batch is noted as emitted.
CREATE TABLE lane_outbox (
    lane      integer NOT NULL,
    batch     bigint NOT NULL,
    seq       integer NOT NULL,
    topic     text NOT NULL,
    partition integer NOT NULL,
    key       bytea,
    value     bytea NOT NULL,
    PRIMARY KEY (lane, batch, seq)
);

-- Commands for runs nobody knows yet, tried in order until the run exists or an hour has passed.
CREATE TABLE pending_commands (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lane        integer NOT NULL,
    run_id      text COLLATE "C" NOT NULL,
    request_id  text COLLATE "C" NOT NULL,
    message     jsonb NOT NULL,
    received_at timestamptz NOT NULL,
    UNIQUE (run_id, request_id)
);
CREATE INDEX pending_commands_lane ON pending_commands (lane, id);

CREATE TABLE flow_definitions (
    sha256     text COLLATE "C" PRIMARY KEY,
    definition text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE flow_versions (
    flow_id    text COLLATE "C" NOT NULL,
    version    integer NOT NULL,
    sha256     text COLLATE "C" NOT NULL REFERENCES flow_definitions (sha256),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (flow_id, version)
);

CREATE TABLE audit_log (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id  text COLLATE "C" NOT NULL,
    action      text NOT NULL,
    run_id      text COLLATE "C",
    actor       text,
    reason      text,
    outcome     text NOT NULL CHECK (outcome IN ('done','refused')),
    detail      text,
    at          timestamptz NOT NULL
);
-- One row for what somebody asked of a run; two people may use the same request id on two runs.
CREATE UNIQUE INDEX audit_log_request ON audit_log (request_id, coalesce(run_id, ''));
CREATE INDEX audit_log_run ON audit_log (run_id);

CREATE VIEW session_tasks AS
    SELECT t.*, r.session_id, r.tenant_id, r.user_id, r.correlation_id
    FROM task_execution_history t JOIN flow_run_history r USING (run_id);

-- The fence: the first statement of every turn. It moves the checkpoints of all lanes of the turn, or raises FF001, so that
-- nothing after it can commit. Gives Postgres' own time, which is the turn clock of the next turn.
CREATE FUNCTION lane_fence(
    lanes integer[], owners text[], batches bigint[], positions jsonb[], emits bigint[], touches text[]
) RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
    moved integer;
BEGIN
    UPDATE lane_checkpoint c
       SET batch = c.batch + 1, offsets = t.positions, emitted = t.emits, touched = t.touches,
           trying = CASE WHEN (t.positions ->> (c.trying ->> 'topic'))::bigint > (c.trying ->> 'offset')::bigint
                         THEN NULL ELSE c.trying END,
           updated_at = clock_timestamp()
      FROM unnest(lanes, owners, batches, positions, emits, touches) AS t(lane, owner, batch, positions, emits, touches)
     WHERE c.lane = t.lane AND c.owner = t.owner AND c.batch = t.batch;
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved <> cardinality(lanes) THEN
        RAISE EXCEPTION 'a lane of this turn belongs to someone else now' USING ERRCODE = 'FF001';
    END IF;
    RETURN clock_timestamp();
END $$;
