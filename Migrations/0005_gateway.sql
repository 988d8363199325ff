-- What the gateway keeps: keys, the answers to requests that may come again, and whose wishes the audit log tells of.

-- A key is `prefix.secret`; the secret is shown once and kept only as its hash.
CREATE TABLE api_keys (
    prefix       text COLLATE "C" PRIMARY KEY,
    secret_hash  bytea NOT NULL,                   -- SHA-256: a secret of 256 random bits needs nothing slower
    name         text NOT NULL,
    tenant_id    text COLLATE "C",                 -- null: every tenant
    scopes       text NOT NULL,                    -- with commas between them
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by   text,
    expires_at   timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz,                      -- to the minute
    rotated_from text COLLATE "C"
);
CREATE INDEX api_keys_created ON api_keys (created_at, prefix);

-- One row for each Idempotency-Key of a caller and a route. Without a status somebody is at it, until claimed_until.
CREATE TABLE idempotency_keys (
    caller        text COLLATE "C" NOT NULL,
    route         text COLLATE "C" NOT NULL,
    key           text COLLATE "C" NOT NULL,
    body_hash     bytea NOT NULL,
    seed          text NOT NULL,                   -- ids made for the request come from it, so a second try makes the same
    claimed_until timestamptz NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    status        integer,
    headers       text,
    body          bytea,
    PRIMARY KEY (caller, route, key)
);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);

ALTER TABLE audit_log ADD COLUMN tenant_id text COLLATE "C";

-- For lists by an id. Both are rare, so they cost the hot path nothing: most runs have no parent, and a correlation id
-- that is their own.
CREATE INDEX flow_run_history_parent ON flow_run_history (parent_run_id) WHERE parent_run_id IS NOT NULL;
CREATE INDEX flow_run_history_correlation ON flow_run_history (correlation_id) WHERE correlation_id <> run_id;
