CREATE TABLE override (
  institution TEXT NOT NULL,
  study TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (institution, study)
) STRICT, WITHOUT ROWID;
