-- Why a command was refused, as programs tell it apart; null where none does, and in rows of an older version.
ALTER TABLE audit_log ADD COLUMN code text COLLATE "C";
