"""Softcopy presentation states: what they say of each image they refer to, and how it is shown (PS3.3 A.33)."""
