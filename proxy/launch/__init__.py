"""Launches: another system opens a patient or a study here, for whoever signs in (docs/decisions/0064)."""
