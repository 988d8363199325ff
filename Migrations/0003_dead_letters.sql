-- What the fleet gave up on, what it has in common, and how it is sent on its way again.

CREATE TABLE dead_letters (
    id            bigint GENERATED ALWAYS AS IDENTITY,
    message_id    text COLLATE "C" PRIMARY KEY,
    kind          text NOT NULL CHECK (kind IN ('task', 'run', 'record')),
    reason        text COLLATE "C" NOT NULL,
    run_id        text COLLATE "C",
    task_id       text COLLATE "C",
    handler       text COLLATE "C",
    attempts      integer NOT NULL,
    error         text NOT NULL,
    error_class   text COLLATE "C",
    error_type    text,
    failed_at     timestamptz NOT NULL,
    session_id    text COLLATE "C",
    tenant_id     text COLLATE "C",
    flow_id       text COLLATE "C",
    task          jsonb,
    original      jsonb,
    value         bytea,      -- the record itself, where it could not be read or holds what jsonb cannot
    fingerprint   text COLLATE "C" NOT NULL,
    state         text COLLATE "C" NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'redriven', 'discarded')),
    received_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    closed_at     timestamptz,
    closed_by     text,
    closed_reason text
) WITH (fillfactor = 90);
-- Lists are read from the newest on, by id; each common question has its index.
CREATE UNIQUE INDEX dead_letters_id ON dead_letters (id);
CREATE INDEX dead_letters_state ON dead_letters (state, id);
CREATE INDEX dead_letters_fingerprint ON dead_letters (fingerprint, state, id);
CREATE INDEX dead_letters_flow ON dead_letters (flow_id, state, id);
CREATE INDEX dead_letters_handler ON dead_letters (handler, state, id);
CREATE INDEX dead_letters_tenant ON dead_letters (tenant_id, state, id);
CREATE INDEX dead_letters_session ON dead_letters (session_id, id);
-- The lane that revives a task closes its letters by these two.
CREATE INDEX dead_letters_task ON dead_letters (run_id, task_id);
CREATE INDEX dead_letters_open ON dead_letters (reason, failed_at) WHERE state = 'open';
CREATE INDEX dead_letters_received ON dead_letters (received_at) WHERE state = 'open';

CREATE VIEW failed_tasks AS
    SELECT id, task_id, run_id, session_id, attempts - 1 AS retry_count, failed_at, error, state,
           handler, error_class, error_type, reason, tenant_id, flow_id, fingerprint, message_id
    FROM dead_letters WHERE kind = 'task';

-- One error, however often it happened.
CREATE TABLE fingerprints (
    fingerprint text COLLATE "C" PRIMARY KEY,
    handler     text COLLATE "C",
    error_class text COLLATE "C",
    error_type  text,
    pattern     text NOT NULL,     -- the message with what differs from case to case taken out
    example     text NOT NULL,     -- the first message as it was
    first_seen  timestamptz NOT NULL,
    last_seen   timestamptz NOT NULL,
    letters     bigint NOT NULL,
    note        text,
    owner       text,
    muted       boolean NOT NULL DEFAULT false
) WITH (fillfactor = 50);
CREATE INDEX fingerprints_last_seen ON fingerprints (last_seen, fingerprint);

CREATE TABLE fingerprint_hours (
    fingerprint text COLLATE "C" NOT NULL,
    hour        timestamptz NOT NULL,
    letters     bigint NOT NULL,
    PRIMARY KEY (fingerprint, hour)
) WITH (fillfactor = 50);

-- A redrive of many. It is over when it is completed, or cancelled with nothing under way any more.
CREATE TABLE campaigns (
    campaign_id    text COLLATE "C" PRIMARY KEY,
    status         text COLLATE "C" NOT NULL
        CHECK (status IN ('canary', 'running', 'paused', 'stopped', 'cancelled', 'completed')),
    selection      jsonb NOT NULL,
    canary         integer NOT NULL CHECK (canary >= 0),
    rate           double precision NOT NULL CHECK (rate > 0),   -- items a second
    concurrency    integer NOT NULL CHECK (concurrency > 0),     -- items under way at once
    stop_ratio     double precision NOT NULL CHECK (stop_ratio >= 0 AND stop_ratio <= 1),
    stop_after     integer NOT NULL CHECK (stop_after > 0),      -- results before the ratio is judged
    items          integer NOT NULL DEFAULT 0,
    sent           integer NOT NULL DEFAULT 0,                   -- ever; the counts move with the items' rows
    succeeded      integer NOT NULL DEFAULT 0,
    failed         integer NOT NULL DEFAULT 0,
    refused        integer NOT NULL DEFAULT 0,
    dropped        integer NOT NULL DEFAULT 0,
    past_succeeded integer NOT NULL DEFAULT 0,                   -- results that somebody has seen and resumed after
    past_failed    integer NOT NULL DEFAULT 0,
    actor          text,
    reason         text,
    sentence       text,                                         -- why it is in this status
    changes        integer NOT NULL DEFAULT 0,                   -- how often its status has changed
    leader         text,                                         -- the drainer that runs it
    led_until      timestamptz,
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at       timestamptz,
    CHECK (ended_at IS NULL OR status IN ('cancelled', 'completed'))
) WITH (fillfactor = 50);
CREATE INDEX campaigns_created ON campaigns (created_at, campaign_id);
CREATE INDEX campaigns_live ON campaigns (created_at) WHERE ended_at IS NULL;

-- One dead letter of a campaign and what came of it. Letters of one run share a command, and so a request_id.
CREATE TABLE campaign_items (
    campaign_id text COLLATE "C" NOT NULL REFERENCES campaigns (campaign_id),
    item        integer NOT NULL,
    message_id  text COLLATE "C" NOT NULL,
    run_id      text COLLATE "C" NOT NULL,
    task_id     text COLLATE "C" NOT NULL,
    attempt     integer NOT NULL,
    request_id  text COLLATE "C" NOT NULL,
    status      text COLLATE "C" NOT NULL DEFAULT 'waiting'
        CHECK (status IN ('waiting', 'sent', 'succeeded', 'failed', 'refused', 'dropped')),
    detail      text,
    sent_at     timestamptz,
    ended_at    timestamptz,
    PRIMARY KEY (campaign_id, item)
) WITH (fillfactor = 70);
CREATE INDEX campaign_items_status ON campaign_items (campaign_id, status, item);
CREATE INDEX campaign_items_request ON campaign_items (campaign_id, request_id);
-- A dead letter is in one campaign at a time.
CREATE UNIQUE INDEX campaign_items_live ON campaign_items (message_id) WHERE status IN ('waiting', 'sent');
