-- A note names the claim it belongs to: a courier that was away longer than its claim closes nobody's newer one, its own
-- included.
ALTER TABLE deliveries ADD COLUMN claims integer NOT NULL DEFAULT 0;   -- how often it was claimed

-- A try is written once, however often its note is repeated.
ALTER TABLE delivery_attempts
    ADD COLUMN claim integer,                      -- of the delivery; null: from before
    ADD COLUMN part  smallint;                     -- which of that claim's tries, from 0
CREATE UNIQUE INDEX delivery_attempts_once ON delivery_attempts (delivery_id, claim, part);

-- For sweeps: bodies of what was taken stay for replays, but not for ever; and results that nobody was warned of.
CREATE INDEX deliveries_bodies ON deliveries (ended_at) WHERE ended_at IS NOT NULL AND event IS NOT NULL;
CREATE INDEX results_unwarned ON results (expires_at) WHERE warned_at IS NULL AND redeemed_at IS NULL;

-- Only replays make rows wait again, and they tell it themselves.
DROP TRIGGER deliveries_moved ON deliveries;
DROP FUNCTION deliveries_moved();
