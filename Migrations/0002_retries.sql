-- What the retry workers keep: circuit breakers by handler, and the pace after a long downtime.
SELECT 1;
