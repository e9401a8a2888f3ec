"""Share links: a study shown to somebody without an account, by a link and a one-time code (docs/decisions/0063)."""
