-- Searches of the audit log that officers keep. They may name a patient's identifier, and no name of a patient.
CREATE TABLE filter (
  subject TEXT NOT NULL,
  name TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (subject, name)
) STRICT, WITHOUT ROWID;
