"""What can go wrong when a frame is made into an image; the errors know no HTTP status, their words are safe."""


class RenderingError(Exception):
    """Root of everything that `rendering` raises on purpose; its message never holds a value from the data set."""


class UnsupportedObject(RenderingError):
    """The SOP class, photometric interpretation or transfer syntax is not one that can be shown truthfully."""


class NotAnonymous(UnsupportedObject):
    """The object cannot be shown without saying whose it is: nobody can take names off it surely."""


class MalformedAttributes(RenderingError):
    """The attributes that explain the pixels are missing, contradictory or out of their legal range."""


class MalformedFrame(RenderingError):
    """The frame's bytes are truncated, damaged or contradict their attributes; they never become pixels."""


class TooLarge(RenderingError):
    """The frame or the image asked for exceeds the configured number of pixels."""


class InvalidOption(RenderingError):
    """A rendering parameter cannot be honoured for this frame (PS3.18 §8.3.5)."""


class WorkerFailed(RenderingError):
    """The process that rendered the frame died, overran its deadline or answered nonsense; another one replaces it."""
