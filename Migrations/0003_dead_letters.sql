-- Dead letters, their fingerprints, and the campaigns that redrive them.
SELECT 1;
