"""Presentation states and key object selections out of DICOM JSON; it runs in the server (PS3.3 A.33, A.35.4)."""
