-- With what the tokens in requests' `delivery` are sealed where COURIER_TOKEN_KEY is not set: 32 random bytes, made here
-- once. It protects copies of all other tables; who reads this one can open them.
CREATE TABLE delivery_key (
    is_one  boolean PRIMARY KEY DEFAULT true CHECK (is_one),
    key     bytea NOT NULL CHECK (octet_length(key) = 32),
    made_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO delivery_key (key)
SELECT sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'));
