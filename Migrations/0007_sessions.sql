-- Sessions that somebody opened. A session that was only named by its runs has no row, and works all the same.
CREATE TABLE sessions (
    session_id text COLLATE "C" PRIMARY KEY,
    tenant_id  text COLLATE "C" NOT NULL DEFAULT 'default',
    metadata   jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    closed_at  timestamptz,
    closed_by  text,
    CHECK (jsonb_typeof(metadata) = 'object')
);
CREATE INDEX sessions_created ON sessions (created_at, session_id);
CREATE INDEX sessions_expires ON sessions (expires_at) WHERE expires_at IS NOT NULL AND closed_at IS NULL;
CREATE INDEX sessions_closed ON sessions (closed_at) WHERE closed_at IS NOT NULL;

-- Counts of a session read each of its runs by the index of 0001, and of tasks only those that needed more than one
-- attempt: a straight run has no entry here.
CREATE INDEX task_execution_history_retried ON task_execution_history (run_id, attempts) WHERE attempts > 1;
