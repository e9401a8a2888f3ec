"""Deflated Image Frame Compression: exactly one frame comes out of it, whatever goes in (PS3.5 §8.2.16, A.4.13)."""

from dataclasses import replace
import time
import zlib

import numpy as np
import pytest

from rendering.decode.decoding import decode
from rendering.errors import MalformedFrame
from tests.rendering.decode import samples

VALUES = samples.gray(12)


def frame(native: bytes, **options):
    stream = zlib.compress(native, wbits=-15)
    return samples.frame(stream, samples.DEFLATED_FRAMES, VALUES, 12, **options)


def test_single_bits_are_packed_before_they_are_deflated():
    bits = (samples.gray(8, rows=33, columns=21) > 100).astype("u1")
    packed = np.packbits(bits.reshape(-1), bitorder="little").tobytes()
    for native in (packed, packed + b"\0" * (len(packed) % 2)):
        described = samples.attributes(bits, 1, bits_allocated=1)
        sent = replace(frame(native), attributes=described)
        np.testing.assert_array_equal(decode(sent).values, bits)


def test_a_segmentation_of_nothing_is_small_and_whole():
    empty = np.zeros((4000, 4000), "u1")
    stream = zlib.compress(empty.tobytes(), 9, wbits=-15)
    decoded = decode(samples.frame(stream, samples.DEFLATED_FRAMES, empty))
    assert not decoded.values.any()
    assert decoded.values.shape == (4000, 4000)


@pytest.mark.parametrize("length", [-2, -1, 1, 2, 100])
def test_more_or_less_than_a_frame_is_refused(length):
    native = VALUES.tobytes()
    other = native[:length] if length < 0 else native + bytes(length)
    with pytest.raises(MalformedFrame):
        decode(frame(other))


@pytest.mark.parametrize("behind", [b"\0\0", b"\1", b"garbage", zlib.compress(b"more", wbits=-15)])
def test_anything_but_one_pad_byte_behind_the_stream_is_refused(behind):
    sound = frame(VALUES.tobytes())
    np.testing.assert_array_equal(decode(replace(sound, data=sound.data + b"\0")).values, VALUES)
    with pytest.raises(MalformedFrame):
        decode(replace(sound, data=sound.data + behind))


@pytest.mark.parametrize("wbits", [15, 31])
def test_headers_of_other_formats_are_refused(wbits):
    """PS3.5 A.4.13 asks for the bare stream of RFC 1951, without what zlib or gzip put around it."""
    stream = zlib.compress(VALUES.tobytes(), wbits=wbits)
    with pytest.raises(MalformedFrame):
        decode(samples.frame(stream, samples.DEFLATED_FRAMES, VALUES, 12))


def test_a_bomb_is_inflated_no_further_than_a_frame():
    bomb = zlib.compress(bytes(2**28), 9, wbits=-15)
    begun = time.process_time()
    with pytest.raises(MalformedFrame):
        decode(samples.frame(bomb, samples.DEFLATED_FRAMES, VALUES, 12))
    assert time.process_time() - begun < 0.1
