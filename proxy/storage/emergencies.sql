-- Declared emergencies, what was opened under them and what reviewers found. No name of a patient stands here.
CREATE TABLE IF NOT EXISTS emergency (
    id TEXT PRIMARY KEY,
    since REAL NOT NULL,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS emergency_since ON emergency (since);
