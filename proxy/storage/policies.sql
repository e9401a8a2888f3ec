-- Versions of the policy by the hash of their content, and the steps in their life: nothing is changed or removed.
CREATE TABLE IF NOT EXISTS version (
    hash TEXT PRIMARY KEY,
    files TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS step (
    number INTEGER PRIMARY KEY,
    body BLOB NOT NULL,
    key TEXT NOT NULL,
    signature BLOB NOT NULL,
    seal BLOB NOT NULL
) STRICT;

-- What officers have signed at the command line, for the service to take or to refuse.
CREATE TABLE IF NOT EXISTS submission (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    body BLOB NOT NULL,
    key TEXT NOT NULL,
    signature BLOB NOT NULL,
    files TEXT,
    outcome TEXT
) STRICT;

CREATE TRIGGER IF NOT EXISTS version_stays BEFORE UPDATE ON version BEGIN SELECT RAISE(ABORT, 'a version is never changed'); END;
CREATE TRIGGER IF NOT EXISTS version_remains BEFORE DELETE ON version BEGIN SELECT RAISE(ABORT, 'a version is never removed'); END;
CREATE TRIGGER IF NOT EXISTS step_stays BEFORE UPDATE ON step BEGIN SELECT RAISE(ABORT, 'a step is never changed'); END;
CREATE TRIGGER IF NOT EXISTS step_remains BEFORE DELETE ON step BEGIN SELECT RAISE(ABORT, 'a step is never removed'); END;
