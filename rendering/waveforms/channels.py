"""One channel of a waveform by its definition (PS3.3 C.10.9.1.4)."""

from rendering.errors import MalformedAttributes
from rendering.reading.codes import CODE_MEANING, CODE_VALUE, CODING_SCHEME_DESIGNATOR, meanings, to_words, unit
from rendering.reading.elements import Dataset, items, number, text, values
from rendering.waveforms import tags
from rendering.waveforms.leads import lead_of
from rendering.waveforms.recording import Channel

_LONGEST_LABEL = 60
_LARGEST = 1e12


def read_channel(channel: Dataset, position: int, frequency: float) -> Channel:
    """The channel at `position`, from 1, of a group sampled at `frequency` Hz."""
    source = next(iter(items(channel, tags.CHANNEL_SOURCE_SEQUENCE)), {})
    code, scheme = text(source, CODE_VALUE), text(source, CODING_SCHEME_DESIGNATOR)
    label = text(channel, tags.CHANNEL_LABEL)
    lead = lead_of(code, scheme, text(source, CODE_MEANING)) or lead_of("", "", label)
    name = lead or label or to_words(source) or f"channel {position}"
    more = (meanings(channel, tags.CHANNEL_SOURCE_MODIFIERS_SEQUENCE), _status(channel))
    units, scale, baseline = _calibration(channel)
    return Channel(
        label=" ".join((name, *(f"({one})" for one in more if one)))[:_LONGEST_LABEL],
        lead=lead,
        unit=units,
        scale=scale,
        baseline=baseline,
        skew=_skew(channel, frequency),
        filters=_filters(channel),
    )


def _status(channel: Dataset) -> str:
    """What a reader of the curve has to know, such as DISCONNECTED or QUESTIONABLE."""
    return ", ".join(str(one).strip() for one in values(channel, tags.CHANNEL_STATUS) if one not in {None, "OK"})


def _calibration(channel: Dataset) -> tuple[str | None, float, float]:
    """Unit, units for each step of a sample, and the value of sample zero; the unit `None` where there is none."""
    sensitivity = number(channel, tags.CHANNEL_SENSITIVITY)
    if sensitivity is None:
        return None, 1.0, 0.0
    correction = number(channel, tags.CHANNEL_SENSITIVITY_CORRECTION_FACTOR)
    scale = sensitivity * (1 if correction is None else correction)
    baseline = number(channel, tags.CHANNEL_BASELINE) or 0.0
    if not 1 / _LARGEST < abs(scale) < _LARGEST or abs(baseline) > _LARGEST:
        raise MalformedAttributes("a waveform's sensitivity is not possible")
    return unit(channel, tags.CHANNEL_SENSITIVITY_UNITS_SEQUENCE), scale, baseline


def _skew(channel: Dataset, frequency: float) -> float:
    skew = number(channel, tags.CHANNEL_TIME_SKEW)
    if skew is None:
        skew = (number(channel, tags.CHANNEL_SAMPLE_SKEW) or 0.0) / frequency
    return skew + (number(channel, tags.CHANNEL_OFFSET) or 0.0)


def _filters(channel: Dataset) -> str:
    """What was filtered, e.g. `high-pass 0.05 Hz, low-pass 150 Hz, notch 50 Hz`; a frequency of zero is no filter."""
    found = (
        ("high-pass", number(channel, tags.FILTER_LOW_FREQUENCY)),
        ("low-pass", number(channel, tags.FILTER_HIGH_FREQUENCY)),
        ("notch", number(channel, tags.NOTCH_FILTER_FREQUENCY)),
    )
    return ", ".join(f"{name} {frequency:g} Hz" for name, frequency in found if frequency)
