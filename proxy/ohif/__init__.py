"""OHIF as the full viewer, where an operator has installed it: prepared from its own package, never part of ours."""
