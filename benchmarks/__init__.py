"""Measurements against peers: each a command that prints a table and a ratio from one run on one machine."""
