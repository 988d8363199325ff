-- Retries of a session's failed tasks: what was chosen when somebody asked, and what the lanes made of each run's command.
CREATE TABLE session_retries (
    retry_id     text COLLATE "C" PRIMARY KEY,
    session_id   text COLLATE "C" NOT NULL,
    -- Whose runs were chosen; null: everybody's.
    tenant_id    text COLLATE "C",
    actor        text,
    reason       text,
    runs         integer NOT NULL,
    tasks        integer NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    cancelled_at timestamptz
);
CREATE INDEX session_retries_session ON session_retries (session_id, created_at, retry_id);
CREATE INDEX session_retries_created ON session_retries (created_at);

CREATE TABLE session_retry_items (
    retry_id   text COLLATE "C" NOT NULL REFERENCES session_retries ON DELETE CASCADE,
    run_id     text COLLATE "C" NOT NULL,
    request_id text COLLATE "C" NOT NULL,
    task_ids   text[] NOT NULL,
    -- Null: not sent yet; another time when it was sent once more.
    sent_at    timestamptz,
    -- The lane's answer, out of the audit log.
    outcome    text CHECK (outcome IN ('done', 'refused')),
    detail     text,
    PRIMARY KEY (retry_id, run_id)
);
-- What somebody still has to look after; settled items have no entry.
CREATE INDEX session_retry_items_open ON session_retry_items (sent_at) WHERE outcome IS NULL;
