-- The audit log. The body is the only truth: the other columns are computed from it, so none can say otherwise.
CREATE TABLE event (
    sequence INTEGER PRIMARY KEY CHECK (sequence > 0),
    body BLOB NOT NULL,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    at TEXT GENERATED ALWAYS AS (json_extract(CAST(body AS TEXT), '$.at')) VIRTUAL,
    kind TEXT GENERATED ALWAYS AS (json_extract(CAST(body AS TEXT), '$.event.kind')) VIRTUAL,
    subject TEXT GENERATED ALWAYS AS (json_extract(CAST(body AS TEXT), '$.event.subject')) VIRTUAL,
    patient TEXT GENERATED ALWAYS AS (json_extract(CAST(body AS TEXT), '$.event.patient')) VIRTUAL,
    study TEXT GENERATED ALWAYS AS (json_extract(CAST(body AS TEXT), '$.event.study')) VIRTUAL
) STRICT;

CREATE INDEX event_at ON event (at);
CREATE INDEX event_kind ON event (kind);
CREATE INDEX event_subject ON event (subject) WHERE subject IS NOT NULL;
CREATE INDEX event_patient ON event (patient) WHERE patient IS NOT NULL;
CREATE INDEX event_study ON event (study) WHERE study IS NOT NULL;

CREATE TRIGGER event_is_not_changed BEFORE UPDATE ON event BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

CREATE TRIGGER event_is_not_deleted BEFORE DELETE ON event BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

-- also stops INSERT OR REPLACE, which would delete without asking the trigger above
CREATE TRIGGER event_follows_the_last BEFORE INSERT ON event
WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM event) BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
