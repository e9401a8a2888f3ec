"""Decoding and scaling ahead: who turns a window looks at the same values again and again."""

import numpy as np

from rendering import viewport
from rendering.content import Preparing
from rendering.decode.decoding import decode
from rendering.decode.stored import StoredValues
from rendering.frame import EncodedFrame, Preparation
from rendering.scaling import scale_gray, smallest


def prepare(task: Preparing, maximum_pixels: int) -> EncodedFrame:
    """The frame with its values at the size of the image that `task` names. Raises `RenderingError`."""
    attributes = task.frame.attributes
    geometry = viewport.plan(attributes, task.options)
    stored = decode(task.frame, maximum_pixels, smallest(attributes, geometry))
    values = scale_gray(stored.values, attributes, viewport.on_reduced(geometry, stored, attributes))
    rows, columns = values.shape
    preparation = Preparation(rows, columns, values.dtype.str, stored.color_space, stored.decoder, stored.lossy)
    return EncodedFrame(np.ascontiguousarray(values).tobytes(), task.frame.transfer_syntax, attributes, preparation)


def read_values(frame: EncodedFrame, preparation: Preparation) -> StoredValues:
    """The values of a frame that was prepared."""
    values = np.frombuffer(frame.data, preparation.kind).reshape(preparation.rows, preparation.columns)
    return StoredValues(values, preparation.color_space, preparation.decoder, preparation.lossy)
