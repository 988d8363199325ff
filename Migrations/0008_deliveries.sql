-- What is owed to people: each end of a run that somebody wants to hear of, and what is to be told while it goes on.
-- Lanes write the rows in the transaction of the fact itself; couriers own the rest of them.
CREATE TABLE deliveries (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id        text COLLATE "C" NOT NULL,
    ending        integer NOT NULL,                -- how often the run had ended, the end it is about included
    kind          text NOT NULL CHECK (kind IN ('end', 'watch')),
    tenant_id     text COLLATE "C" NOT NULL,
    user_id       text COLLATE "C" NOT NULL,
    session_id    text COLLATE "C" NOT NULL,
    flow_id       text COLLATE "C" NOT NULL,
    state         text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'delivered', 'orphaned', 'redeemed', 'expired')),
    channel       text,                            -- of the last try
    place         integer NOT NULL DEFAULT 0,      -- which of the request's channels is its turn
    tries         integer NOT NULL DEFAULT 0,      -- on that channel
    due_at        timestamptz NOT NULL,
    claimed_until timestamptz,
    claimed_by    text COLLATE "C",
    event         text,                            -- the body of webhooks, as it was when the run ended
    url           text,                            -- the first address found in the input
    memo          jsonb,                           -- what channels left behind; holds no secret
    code_hashes   text[] NOT NULL DEFAULT '{}',    -- SHA-256 of pick-up codes that were given out
    error         text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    ended_at      timestamptz,
    UNIQUE (run_id, ending, kind)
) WITH (
    fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_cost_delay = 0);
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state = 'waiting';
CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE ended_at IS NOT NULL;

-- Every try, and every channel that was passed over.
CREATE TABLE delivery_attempts (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    delivery_id bigint NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    notice      text NOT NULL,                     -- result, error, progress, early
    channel     text NOT NULL,
    at          timestamptz NOT NULL,
    outcome     text NOT NULL,
    code        integer,                           -- the answer's status, where there was an answer
    latency_us  bigint,
    error       text,
    courier     text COLLATE "C" NOT NULL
);
CREATE INDEX delivery_attempts_delivery ON delivery_attempts (delivery_id, id);

-- Results that could not be handed over, or were asked to be kept: the inbox.
CREATE TABLE results (
    id          text COLLATE "C" PRIMARY KEY,
    run_id      text COLLATE "C" NOT NULL,
    ending      integer NOT NULL,
    flow_id     text COLLATE "C" NOT NULL,
    tenant_id   text COLLATE "C" NOT NULL,
    user_id     text COLLATE "C" NOT NULL,
    session_id  text COLLATE "C" NOT NULL,
    status      text NOT NULL,
    url         text,
    depth       text,
    labels      jsonb,
    results     text NOT NULL,
    reason      text NOT NULL,
    code_hashes text[] NOT NULL DEFAULT '{}',
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL,
    warned_at   timestamptz,
    redeemed_at timestamptz,
    redeemed_by text,
    UNIQUE (run_id, ending)
);
CREATE INDEX results_created ON results (created_at, id);
CREATE INDEX results_user ON results (user_id, created_at);
CREATE INDEX results_url ON results (url) WHERE url IS NOT NULL;
CREATE INDEX results_expires ON results (expires_at);

-- Receivers that said 410: nothing is sent to them until somebody replays to one.
CREATE TABLE delivery_endpoints (
    url_sha256  text COLLATE "C" PRIMARY KEY,
    place       text NOT NULL,
    disabled_at timestamptz NOT NULL DEFAULT now(),
    reason      text NOT NULL
);

-- Tells sleeping couriers when rows become due that nobody knew of; the payload is that time in Unix microseconds.
CREATE FUNCTION deliveries_announce(soonest timestamptz) RETURNS void LANGUAGE sql AS $$
    SELECT pg_notify('deliveries', (extract(epoch FROM soonest) * 1000000)::bigint::text) WHERE isfinite(soonest)
$$;
CREATE FUNCTION deliveries_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM deliveries_announce((SELECT min(due_at) FROM written));
    RETURN NULL;
END $$;
CREATE TRIGGER deliveries_written AFTER INSERT ON deliveries REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION deliveries_written();
-- A replay. What couriers write themselves never falls due earlier.
CREATE FUNCTION deliveries_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM deliveries_announce(NEW.due_at);
    RETURN NULL;
END $$;
CREATE TRIGGER deliveries_moved AFTER UPDATE OF state ON deliveries
    FOR EACH ROW WHEN (NEW.state = 'waiting' AND OLD.state <> 'waiting') EXECUTE FUNCTION deliveries_moved();
