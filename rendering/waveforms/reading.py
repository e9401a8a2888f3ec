"""A recording out of its instance's DICOM JSON metadata, as far as one image shows it (PS3.3 C.10.9, A.34)."""

import base64

from rendering.errors import MalformedAttributes, TooLarge, UnsupportedObject
from rendering.reading.elements import Dataset, integer, items, number, text
from rendering.reading.tags import SOP_CLASS_UID
from rendering.waveforms import tags
from rendering.waveforms.channels import read_channel
from rendering.waveforms.recording import Channel, Group, Recording
from rendering.waveforms.statements import read_statements

MAXIMUM_CHANNELS = 128
MAXIMUM_GROUPS = 16
LINE_SECONDS = 10.0
LONGEST_LINE_SECONDS = 12.0
"""A recording that is not much longer than a line has one line alone."""

_MOST_LINES = 24
_FEWEST_IN_LINE = 2  # samples, without which there is no curve
_MOST_SECONDS = 60.0
_ECG, _OTHER = True, False
_TITLES = {
    "9.1.1": ("12-lead ECG", _ECG),
    "9.1.2": ("General ECG", _ECG),
    "9.1.3": ("Ambulatory ECG", _ECG),
    "9.1.4": ("General ECG", _ECG),
    "9.2.1": ("Haemodynamic waveforms", _OTHER),
    "9.3.1": ("Cardiac electrophysiology", _OTHER),
    "9.5.1": ("Arterial pulse", _OTHER),
    "9.6.1": ("Respiration", _OTHER),
    "9.6.2": ("Respiration", _OTHER),
    "9.7.1": ("Electroencephalogram", _OTHER),
    "9.7.2": ("Electromyogram", _OTHER),
    "9.7.3": ("Electro-oculogram", _OTHER),
    "9.7.4": ("Sleep electroencephalogram", _OTHER),
    "9.8.1": ("Body position", _OTHER),
}
_STORAGE = "1.2.840.10008.5.1.4.1.1."
_KINDS = {
    ("SB", 8): "<i1",
    ("UB", 8): "<u1",
    ("SS", 16): "<i2",
    ("US", 16): "<u2",
    ("SL", 32): "<i4",
    ("UL", 32): "<u4",
    ("SV", 64): "<i8",
    ("UV", 64): "<u8",
}


def read_recording(dataset: Dataset) -> Recording:
    """The recording without its data, of which each group says where they are and how many bytes it needs.

    Raises `UnsupportedObject` for samples that are not drawn, `MalformedAttributes` when they are not explained,
    `TooLarge` for more channels than one image holds.
    """
    groups = items(dataset, tags.WAVEFORM_SEQUENCE)
    if not groups:
        raise UnsupportedObject("this recording has no waveforms")
    channels = sum(len(items(group, tags.CHANNEL_DEFINITION_SEQUENCE)) for group in groups)
    if len(groups) > MAXIMUM_GROUPS or channels > MAXIMUM_CHANNELS:
        raise TooLarge("this recording has more channels than one image shows")
    title, is_ecg = _TITLES.get(text(dataset, SOP_CLASS_UID).removeprefix(_STORAGE), ("Waveform", _OTHER))
    read = tuple(_group(group, position) for position, group in enumerate(groups))
    return Recording(title, read, is_ecg, read_statements(dataset))


def _group(group: Dataset, position: int) -> Group:
    frequency, recorded = number(group, tags.SAMPLING_FREQUENCY) or 0, integer(group, tags.NUMBER_OF_WAVEFORM_SAMPLES)
    if not 0 < frequency <= 1e6 or not 0 < (recorded or 0) < 2**32:
        raise MalformedAttributes("the waveform's samples are not explained")
    if frequency * LINE_SECONDS < _FEWEST_IN_LINE:
        raise UnsupportedObject("waveforms that were sampled so rarely are not drawn")
    recorded, kind, channels = recorded or 0, _kind(group), _channels(group, frequency)
    return Group(
        title=_title(group),
        channels=channels,
        kind=kind,
        samples=min(recorded, _most_samples(recorded / frequency, len(channels), frequency)),
        recorded=recorded,
        frequency=frequency,
        path=(tags.WAVEFORM_SEQUENCE, position, tags.WAVEFORM_DATA),
        padding=_padding(group, kind),
    )


def _title(group: Dataset) -> str:
    derived = "derived" if text(group, tags.WAVEFORM_ORIGINALITY) == "DERIVED" else ""
    return ", ".join(filter(None, (text(group, tags.MULTIPLEX_GROUP_LABEL), derived)))


def _channels(group: Dataset, frequency: float) -> tuple[Channel, ...]:
    definitions = items(group, tags.CHANNEL_DEFINITION_SEQUENCE)
    if not definitions or len(definitions) != integer(group, tags.NUMBER_OF_WAVEFORM_CHANNELS):
        raise MalformedAttributes("the waveform's channels are not explained")
    return tuple(read_channel(one, position, frequency) for position, one in enumerate(definitions, 1))


def _most_samples(seconds: float, channels: int, frequency: float) -> int:
    """How many samples of each channel one image shows: a line of each, or several where the channels are few."""
    if seconds <= LONGEST_LINE_SECONDS:
        return int(LONGEST_LINE_SECONDS * frequency) + 1
    lines = max(1, _MOST_LINES // channels)
    return int(min(lines * LINE_SECONDS, _MOST_SECONDS) * frequency)


def _kind(group: Dataset) -> str:
    interpretation = text(group, tags.WAVEFORM_SAMPLE_INTERPRETATION)
    kind = _KINDS.get((interpretation, integer(group, tags.WAVEFORM_BITS_ALLOCATED) or 0))
    if kind is None:
        raise UnsupportedObject("waveforms of this kind of sample are not drawn")
    return kind


def _padding(group: Dataset, kind: str) -> int | None:
    """Waveform Padding Value, a sample of the same kind as the others (C.10.9.1.7)."""
    element = group.get(tags.WAVEFORM_PADDING_VALUE) or {}
    if "BulkDataURI" in element:
        raise MalformedAttributes("the waveform's padding is kept apart from what it explains")
    try:
        data = base64.b64decode(element.get("InlineBinary", ""), validate=True)
    except (ValueError, TypeError):
        raise MalformedAttributes("the waveform's padding is not explained") from None
    size = int(kind[-1])
    return int.from_bytes(data[:size], "little", signed=kind[1] == "i") if len(data) >= size else None
