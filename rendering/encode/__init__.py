"""Images → the rendered media types (PS3.18 §8.7.4), each with a file of its own; stored values have `transport`."""

from rendering.encode.encoding import encode, is_lossy

__all__ = ["encode", "is_lossy"]
