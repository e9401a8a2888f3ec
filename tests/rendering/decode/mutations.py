"""Mutated frames for one transfer syntax: a program, so that a native decoder may die without the tests."""

import resource
import sys

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rendering.decode.decoding import decode
from rendering.errors import RenderingError
from rendering.frame import EncodedFrame
from tests.rendering.decode import samples

_MEMORY = 4 << 30

Change = tuple[str, float, bytes]

changes = st.lists(
    st.tuples(st.sampled_from(["cut", "set", "insert", "remove"]), st.floats(0, 1), st.binary(min_size=1, max_size=8)),
    min_size=1,
    max_size=6,
)
places = st.sampled_from(["anywhere", "header"])
smallest = st.sampled_from([None, (1, 1), (20, 20)])


def mutated(data: bytes, place: str, wanted: list[Change]) -> bytes:
    changed, reach = bytearray(data), min(len(data), 160) if place == "header" else len(data)
    for kind, share, content in wanted:
        position = int(share * (min(reach, len(changed)) - 1))
        if kind == "cut":
            del changed[max(position, 1) : max(position, 1) + 16 * len(content)]
        elif kind == "set":
            changed[position : position + len(content)] = content
        elif kind == "insert":
            changed[position:position] = content
        else:
            del changed[position : position + len(content)]
    return bytes(changed)


def survive(frame: EncodedFrame, smallest: tuple[int, int] | None) -> None:
    try:
        decoded = decode(frame, smallest=smallest)
    except RenderingError:
        return
    wanted = (frame.attributes.rows, frame.attributes.columns)
    shape = tuple(-(-side >> decoded.reduction) for side in wanted)
    samples_per_pixel = () if frame.attributes.samples_per_pixel == 1 else (3,)
    assert decoded.values.shape == (*shape, *samples_per_pixel)
    assert decoded.values.flags.c_contiguous


def main(syntax: str, kind: str, examples: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    sound = samples.encoded_gray(syntax) if kind == "gray" else samples.encoded_color(syntax)

    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=True, suppress_health_check=[*HealthCheck]
    )
    @given(places, changes, smallest)
    def every_mutation_is_refused_or_has_the_right_shape(place, wanted, smallest):
        data = mutated(sound.data, place, wanted)
        survive(EncodedFrame(data, syntax, sound.attributes), smallest)

    every_mutation_is_refused_or_has_the_right_shape()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
