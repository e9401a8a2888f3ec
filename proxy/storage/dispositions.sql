CREATE TABLE disposition (
  number INTEGER PRIMARY KEY,
  anomaly TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;
