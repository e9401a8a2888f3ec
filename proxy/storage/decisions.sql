-- The facts of past decisions, by the number of their record in the audit log. No name of a patient stands here.
CREATE TABLE IF NOT EXISTS decision (
    event INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    capability TEXT NOT NULL,
    facts BLOB NOT NULL
) STRICT;

CREATE INDEX IF NOT EXISTS decision_at ON decision (at);
