"""Attributes that say what an image shows and not whom (PS3.15 Annex E.1, the part that metadata need).

What stays is a closed list: numbers, code strings and UIDs of standard attributes, dates of the examination, and codes
of standard schemes, each only in the form that it must have. So no free text stays, wherever an archive put it, no
name, no identifier of a person, an order or a visit, nothing private, and no binary value. What has its form and is a
name or number of somebody in disguise goes too (names.py). UIDs stay, as requests are made by them and the caller has
named them already; dates, as an image is not understood without its time.
"""

from collections.abc import Mapping
import re
from typing import Any, Final

from proxy.wire import dictionary, tags
from proxy.wire.dicomjson import Dataset, Element, texts
from proxy.wire.names import Names, names_in

NAME: Final = "De-identified"
"""What stands where a name would: it says so in every viewer."""

_METHOD: Final = "PS3.15 E.1 in part; UIDs and examination dates kept"
_REPLACED: Final[Mapping[str, Element]] = {
    tags.PATIENT_NAME: {"vr": "PN", "Value": [{"Alphabetic": NAME}]},
    tags.PATIENT_ID: {"vr": "LO"},
    tags.PATIENT_BIRTH_DATE: {"vr": "DA"},
    tags.PATIENT_SEX: {"vr": "CS"},
    tags.PATIENT_IDENTITY_REMOVED: {"vr": "CS", "Value": ["YES"]},
    tags.DEIDENTIFICATION_METHOD: {"vr": "LO", "Value": [_METHOD]},
    "00280303": {"vr": "CS", "Value": ["UNMODIFIED"]},  # Longitudinal Temporal Information Modified
}

_NUMBER = re.compile(r" *[-+]?[0-9.]+([eE][-+]?[0-9]+)? *", re.ASCII)
_FORMS: Final[Mapping[str, re.Pattern[str]]] = {
    "CS": re.compile(r"[A-Z0-9_ ]{0,16}", re.ASCII),
    "UI": re.compile(r"[0-9.]{0,64}", re.ASCII),
    "AT": re.compile(r"[0-9A-Fa-f]{8}", re.ASCII),
    **dict.fromkeys(("DS", "IS", "US", "SS", "UL", "SL", "UV", "SV", "FL", "FD"), _NUMBER),
}
"""VRs that hold no free text, and what a value of theirs looks like (PS3.5 §6.2)."""

_DATE, _ZONE = r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])", r"[+-](0\d|1[0-4])[0-5]\d"
_CLOCK: Final = r"([01]\d|2[0-3])([0-5]\d(([0-5]\d|60)(\.\d{1,6})?)?)?"
_TIME_FORMS: Final[Mapping[str, re.Pattern[str]]] = {
    "DA": re.compile(_DATE, re.ASCII),
    "TM": re.compile(_CLOCK, re.ASCII),
    "DT": re.compile(rf"{_DATE}({_CLOCK})?({_ZONE})?", re.ASCII),
    "SH": re.compile(_ZONE, re.ASCII),
}
"""Moments that there can be: as many digits could be somebody's number."""

_TIMES: Final = frozenset({
    *("00080020", "00080021", "00080022", "00080023", "0008002A"),  # study, series, acquisition, content
    *("00080030", "00080031", "00080032", "00080033", "00080201"),
    *("00181072", "00181078", "00189074", "00189151", "00400244", "00400245"),  # tracer, frames, procedure step
})  # fmt: skip

_WORDS: Final = frozenset({
    *("HU", "US", "OD", "Z_EFF", "ED", "EDW", "HU_MOD", "PCT", "MGML", "MVLUT", "UNSPECIFIED"),
})  # fmt: skip
_RESCALE_TYPE: Final = "00281054"  # PS3.3 C.11.1.1.2 lists its words

_CODE, _SCHEME = "00080100", "00080102"
_SCHEMES: Final = frozenset({"DCM", "SCT", "SRT", "UCUM", "LN", "FMA", "RADLEX"})
_CODE_FORM = re.compile(r"[A-Za-z0-9./\[\]{}%^*'-]{1,16}", re.ASCII)

_GROUPS_LEFT_OUT: Final = frozenset({"0010", "0012", "0032", "0038", "0070", "0088", "0400", "4008", "5000", "5400"})
"""Patient, trial, order, visit, graphics, icon, earlier attributes, results, curves, waveforms."""

_CONTENT: Final = "0040A730"  # of structured reports
_MODALITIES: Final = frozenset({"00080060", "00080061"})
_TERMS: Final = frozenset({
    *("ORIGINAL", "DERIVED", "PRIMARY", "SECONDARY", "AXIAL", "LOCALIZER", "MIXED", "VOLUME", "REFORMATTED"),
    *("MONOCHROME1", "MONOCHROME2", "RGB", "PALETTE COLOR", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT"),
    *("TRANSVERSE", "SAGITTAL", "CORONAL", "MODIFIED", "UNMODIFIED", "TRACE", "MAGNITUDE", "STANDARD", "LINEAR"),
})  # fmt: skip
"""Defined terms that images have everywhere: what they contain is nobody's name, and their absence would be a hint."""


def deidentified(dataset: Mapping[str, Any]) -> Dataset:
    """`dataset`, of an instance or a row, with what may stay of it, and with words that say that it was done."""
    return dict(sorted({**_kept(dataset, names_in(dataset)), **_REPLACED}.items()))


def is_told(key: str) -> bool:
    """Whether a de-identified row still has the attribute `key`, a tag or a path of them, to be searched by."""
    return all(_is_listed(tag, dictionary.vr_of(tag)) for tag in key.split("."))


def _kept(dataset: Mapping[str, Any], names: Names) -> Dataset:
    return {
        tag: kept
        for tag, element in dataset.items()
        if isinstance(element, dict) and (kept := _element(tag, element, dataset, names)) is not None
    }


def _element(tag: str, element: Element, dataset: Mapping[str, Any], names: Names) -> Element | None:
    """What stays of `element`; `None` for nothing. Its VR must be one that its tag and its form both have."""
    known, vr, found = dictionary.vr_of(tag), element.get("vr"), element.get("Value", [])
    if not isinstance(found, list) or not _is_listed(tag, known):
        return None
    if known == "SQ":
        items = [_kept(item, names) for item in found if isinstance(item, dict)]
        return {"vr": "SQ", "Value": items} if vr == "SQ" and items else None
    form = _form(tag, str(vr), dataset)
    if form is None or not all(_has_form(one, form) for one in found):
        return None
    if any(_is_named(one, tag, form, names) for one in found):
        return None
    return {"vr": vr, "Value": found} if found else {"vr": vr}


def _is_listed(tag: str, vr: str | None) -> bool:
    if vr is None or tag[:4] in _GROUPS_LEFT_OUT or tag[:2] == "60" or tag == _CONTENT:  # 60xx are overlays
        return False
    return vr == "SQ" or vr in _FORMS or tag in _TIMES or tag in {_RESCALE_TYPE, _CODE, _SCHEME}


def _form(tag: str, vr: str, dataset: Mapping[str, Any]) -> re.Pattern[str] | frozenset[str] | None:
    if tag in _TIMES:
        return _TIME_FORMS.get(vr) if vr == dictionary.vr_of(tag) else None
    if tag == _RESCALE_TYPE:
        return _WORDS if vr == "LO" else None
    if tag in {_CODE, _SCHEME}:
        standard = texts(dataset, _SCHEME)[:1] and set(texts(dataset, _SCHEME)) <= _SCHEMES
        return _CODE_FORM if standard and vr == "SH" else None
    return _FORMS.get(vr)


def _has_form(value: object, form: re.Pattern[str] | frozenset[str]) -> bool:
    if value is None:
        return True
    if isinstance(value, int | float):
        return form is _NUMBER and not isinstance(value, bool)
    if not isinstance(value, str):
        return False
    return value in form if isinstance(form, frozenset) else form.fullmatch(value) is not None


def _is_named(value: object, tag: str, form: re.Pattern[str] | frozenset[str], names: Names) -> bool:
    """Whether a value of the form that it must have is a name or a number of somebody all the same."""
    if form is _FORMS["CS"] or form is _CODE_FORM:
        return value not in _TERMS and names.are_in(str(value), whole_only=tag in _MODALITIES)
    return form is not _FORMS["UI"] and value is not None and names.are_number(str(value))
