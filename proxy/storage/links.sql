-- Share links and how they were used. No token, no code, no name of a patient and no address of a recipient stands here.
CREATE TABLE IF NOT EXISTS link (
    id TEXT PRIMARY KEY,
    until REAL NOT NULL,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS link_until ON link (until);
