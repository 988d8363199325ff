-- What the lanes keep for held tasks and the two looks.
SELECT 1;
