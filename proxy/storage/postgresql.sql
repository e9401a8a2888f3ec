-- The audit log in PostgreSQL, made once by the owner of the database. `vitrine` is the role of the service, which may
-- add and read and nothing else. The body is the only truth: the other columns say what it says, and are compared.
CREATE TABLE audit_event (
    log text NOT NULL,
    sequence bigint NOT NULL CHECK (sequence > 0),
    body bytea NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    at text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    subject text,
    patient text,
    study text,
    PRIMARY KEY (log, sequence)
);

CREATE INDEX audit_event_at ON audit_event (log, at);
CREATE INDEX audit_event_kind ON audit_event (log, kind, sequence);
CREATE INDEX audit_event_subject ON audit_event (log, subject, sequence) WHERE subject IS NOT NULL;
CREATE INDEX audit_event_patient ON audit_event (log, patient, sequence) WHERE patient IS NOT NULL;
CREATE INDEX audit_event_study ON audit_event (log, study, sequence) WHERE study IS NOT NULL;

REVOKE ALL ON audit_event FROM PUBLIC;
GRANT SELECT, INSERT ON audit_event TO vitrine;
