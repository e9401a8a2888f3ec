-- The newest checkpoint of each log that this service is a witness for.
CREATE TABLE IF NOT EXISTS checkpoint (
    origin TEXT PRIMARY KEY,
    size INTEGER NOT NULL CHECK (size >= 0),
    note TEXT NOT NULL
) STRICT, WITHOUT ROWID;
