"""The attributes that explain a frame, read out of DICOM JSON one module of PS3.3 at a time."""
