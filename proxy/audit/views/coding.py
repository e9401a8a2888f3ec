"""Frames of many instances as text that stands in an event: short, exact, and readable without this program.

A JSON object names each series, and in it the `prefix` that all its instance UIDs begin with. `frames` gives for each
set of frames the rest of the UIDs of those instances that it is of. A set is written as runs (`1-40,52`) or, where that
is shorter, as `~` and a bitmap in base64, in which the highest bit of the first byte is frame 1.
"""

from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import islice, takewhile
import json
import re
from typing import Final

import msgspec

from proxy.audit.views.runs import Run, Runs, joined, to_runs
from proxy.resources import Uid

Frames = Mapping[Uid, Mapping[Uid, Runs]]
"""Frames by series and instance."""

_BITMAP: Final = "~"
_RUN: Final = r"\d{1,10}(?:-\d{1,10})?"
_RUNS: Final = re.compile(rf"{_RUN}(?:,{_RUN})*", re.ASCII)


class MalformedFrames(ValueError):
    """Text that names no frames."""


class _Series(msgspec.Struct):
    prefix: str
    frames: dict[str, str]


def to_text(frames: Frames) -> str:
    """`frames` in the form above."""
    told = {series: _to_series(instances) for series, instances in sorted(frames.items())}
    return json.dumps(told, separators=(",", ":"))


def read_frames(text: str) -> dict[Uid, dict[Uid, Runs]]:
    """The frames that `text` names; none of an empty one. Raises `MalformedFrames`."""
    try:
        told = _DECODER.decode(text) if text else {}
        return {Uid(series): dict(_instances(one)) for series, one in told.items()}
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise MalformedFrames("the frames of a view cannot be read") from None


def pieces(frames: Frames, limit: int) -> Iterator[Frames]:
    """`frames` in pieces whose text has at most `limit` characters; one instance is never cut."""
    count = sum(map(len, frames.values()))
    if count <= 1 or len(to_text(frames)) <= limit:
        if count:
            yield frames
        return
    yield from pieces(_part(frames, 0, count // 2), limit)
    yield from pieces(_part(frames, count // 2, count), limit)


def united(*some: Frames) -> dict[Uid, dict[Uid, Runs]]:
    """All of `some`, each frame once."""
    found: dict[Uid, dict[Uid, Runs]] = {}
    for frames in some:
        for series, instances in frames.items():
            known = found.setdefault(series, {})
            known.update({uid: joined(known.get(uid, ()), runs) for uid, runs in instances.items()})
    return found


def _part(frames: Frames, first: int, end: int) -> dict[Uid, dict[Uid, Runs]]:
    each = ((series, uid, runs) for series, instances in frames.items() for uid, runs in instances.items())
    found: dict[Uid, dict[Uid, Runs]] = {}
    for series, uid, runs in islice(each, first, end):
        found.setdefault(series, {})[uid] = runs
    return found


def _to_series(instances: Mapping[Uid, Runs]) -> dict[str, object]:
    prefix = _prefix(min(instances), max(instances))
    rests: dict[str, list[str]] = defaultdict(list)
    for uid, runs in sorted(instances.items()):
        rests[_to_set(runs)].append(uid[len(prefix) :])
    return {"prefix": prefix, "frames": {one: " ".join(uids) for one, uids in rests.items()}}


def _prefix(one: str, other: str) -> str:
    """The components that both begin with, and with them all UIDs in between; never all of a UID."""
    pairs = zip(one.split(".")[:-1], other.split("."), strict=False)
    return "".join(f"{mine}." for mine, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _to_set(runs: Runs) -> str:
    text = ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
    octets = (runs[-1][1] + 7) // 8
    if runs[0][0] == 0 or len(_BITMAP) + (octets + 2) // 3 * 4 >= len(text):
        return text
    bits = sum(1 << (8 * octets - number) for first, last in runs for number in range(first, last + 1))
    return _BITMAP + b64encode(bits.to_bytes(octets)).decode("ascii")


def _instances(told: _Series) -> Iterator[tuple[Uid, Runs]]:
    for one, uids in told.frames.items():
        runs = _read_set(one)
        yield from ((Uid(told.prefix + rest), runs) for rest in uids.split(" "))


def _read_set(text: str) -> Runs:
    if text.startswith(_BITMAP):
        octets = b64decode(text[1:], validate=True)
        return to_runs(8 * place + bit + 1 for place, octet in enumerate(octets) for bit in _bits(octet))
    if not _RUNS.fullmatch(text):
        raise ValueError
    return joined(map(_read_run, text.split(",")))


def _read_run(text: str) -> Run:
    first, _, last = text.partition("-")
    run = int(first), int(last or first)
    if run[0] > run[1]:
        raise ValueError
    return run


def _bits(octet: int) -> Iterator[int]:
    return (bit for bit in range(8) if octet & 0x80 >> bit)


_DECODER: Final = msgspec.json.Decoder(dict[str, _Series])
