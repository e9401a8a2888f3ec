-- What care events said: who treats whom until when, and which messages were taken. No name of a patient stands here.
CREATE TABLE relationship (
    id TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE message (
    sender TEXT NOT NULL,
    message TEXT NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (sender, message)
) STRICT, WITHOUT ROWID;

CREATE INDEX message_at ON message (at);
