"""The demo's studies are what its documentation says, and their pixels survive the way they are stored."""

from collections.abc import Callable
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path

import imagecodecs
import numpy as np
from pydicom import dcmread
import pytest

from demo.archive import StoredObject
from demo.data import drawings, studies_of
from demo.data.computed import INTERCEPT
from demo.data.patients import BUC, HONG, WANG, YAMADA, Patient
from demo.index import PEOPLE as INDEXED
from demo.index import SYSTEMS
import policy
from policy.bundle import read_bundle
from policy.labels.labelling import Labels, label
from policy.labels.reading import read_label_rules
from policy.labels.rules import Attribute
from proxy.patients.register import read_register
from proxy.resources import PatientIdentifier

TODAY = date(2026, 11, 25)
INSTITUTIONS = ("general", "lakeside", "university")
DEMO = Path(drawings.__file__).parents[1]


@cache
def held(institution: str) -> tuple[StoredObject, ...]:
    return tuple(studies_of(institution, TODAY))


def of(institution: str, description: str) -> list[StoredObject]:
    return [one for one in held(institution) if one.attributes.StudyDescription == description]


def everything() -> list[StoredObject]:
    return [one for institution in INSTITUTIONS for one in held(institution)]


def test_the_newest_study_is_the_ct_that_a_visitor_opens_first() -> None:
    mine = [one for one in everything() if one.attributes.PatientName == BUC.name]
    newest = max(mine, key=lambda one: (one.attributes.StudyDate, one.attributes.StudyTime))
    assert newest.attributes.StudyDescription == "Chest with contrast"
    series = {one.attributes.SeriesNumber for one in of("general", "Chest with contrast")}
    first = [one for one in of("general", "Chest with contrast") if one.attributes.SeriesNumber == min(series)]
    assert len(first) == 120
    assert {(one.attributes.Rows, one.attributes.Columns, one.attributes.Modality) for one in first} == {
        (512, 512, "CT")
    }


def test_one_study_lies_at_two_institutions() -> None:
    studies = {institution: {one.study for one in held(institution)} for institution in INSTITUTIONS}
    (split,) = studies["general"] & studies["university"]
    parts = [one for one in everything() if one.study == split]
    assert len({one.instance for one in parts}) == len(parts)
    assert len({one.attributes.PatientID for one in parts}) == 2
    assert len({(one.attributes.StudyDate, one.attributes.StudyTime) for one in parts}) == 1
    assert not studies["general"] & studies["lakeside"]


@pytest.mark.parametrize("patient", [BUC, YAMADA, HONG, WANG], ids=lambda patient: patient.key)
def test_a_patient_has_another_number_everywhere_and_the_index_knows_them_all(patient: Patient) -> None:
    register = read_register(DEMO / "register.toml")
    found = {
        PatientIdentifier(one.attributes.IssuerOfPatientID, one.attributes.PatientID)
        for one in everything()
        if one.attributes.PatientName == patient.name
    }
    (indexed,) = (one for one in INDEXED if one.id == patient.key)
    assert {(SYSTEMS[one.authority], one.value) for one in found} == set(indexed.identifiers)
    assert {*register.identifiers_of(patient.key)} <= found
    assert register.identifiers_of(patient.key)


def test_what_the_register_says_of_studies_is_about_studies_that_exist() -> None:
    register = read_register(DEMO / "register.toml")
    (unread,) = {one.study for one in of("university", "Brain, not yet read")}
    preliminary = register.study(unread, "university")
    assert preliminary is not None
    assert preliminary.state == "prelim"


def test_the_rule_of_general_hospital_labels_one_of_its_studies() -> None:
    written = {"institutions/general/labels.toml": (DEMO / "labels.toml").read_text("utf-8")}
    rules, problems = read_label_rules(written, read_bundle(Path(policy.__file__).parent / "bundle").vocabulary)
    assert problems == []
    labels = {}
    for one in held("general"):
        known = {Attribute.DEPARTMENT: frozenset({str(one.attributes.InstitutionalDepartmentName)})}
        labels[str(one.attributes.StudyDescription)] = label(Labels(), known, rules, "general", TODAY).labels
    assert {description for description, found in labels.items() if found} == {"Head"}
    assert labels["Head"] == {"MH"}


def test_who_opted_out_has_studies() -> None:
    assert [one for one in held("lakeside") if one.attributes.PatientID == "77-300"]


def test_no_uid_stands_twice_and_nobody_else_is_named() -> None:
    uids = [one.instance for one in everything()]
    assert len(set(uids)) == len(uids)
    assert {str(one.attributes.PatientName) for one in everything()} == {
        patient.name for patient in (BUC, YAMADA, HONG, WANG)
    }
    for one in everything():
        assert not one.attributes.get("OtherPatientIDs")
        assert not [element for element in one.attributes if element.tag.is_private]


def test_uids_stay_the_same_and_dates_go_along() -> None:
    later = {one.instance: one for one in studies_of("university", date(2027, 1, 1))}
    assert set(later) == {one.instance for one in held("university")}
    assert max(one.attributes.StudyDate for one in later.values()) == "20261231"


def test_many_transfer_syntaxes_and_modalities() -> None:
    assert {one.transfer_syntax.rpartition("1.2.840.10008.1.2")[2] for one in everything()} >= {
        ".1", ".5", ".4.50", ".4.51", ".4.57", ".4.80", ".4.90", ".4.91", ".4.201"
    }  # fmt: skip
    assert {one.attributes.Modality for one in everything()} == {
        *("CT", "MR", "US", "DX", "XC", "NM"),
        *("ECG", "SR", "DOC", "KO"),
    }


@pytest.mark.parametrize(
    ("institution", "description", "decode"),
    [
        ("general", "Chest with contrast", imagecodecs.jpegls_decode),
        ("general", "Chest, one examination at two institutions", imagecodecs.ljpeg_decode),
        ("university", "Chest, one examination at two institutions", imagecodecs.htj2k_decode),
        ("lakeside", "Chest PA", imagecodecs.jpeg2k_decode),
    ],
)
def test_lossless_coding_keeps_what_was_drawn(
    institution: str, description: str, decode: Callable[[bytes], object]
) -> None:
    """The same frame drawn twice is the same, and decodes to 16-bit values of the range that attributes promise."""
    one = of(institution, description)[-1]
    frame = one.frame(1)
    assert frame == one.frame(1)
    pixels = np.asarray(decode(frame))
    assert pixels.shape == (one.attributes.Rows, one.attributes.Columns)
    assert pixels.dtype == np.uint16
    assert int(pixels.max()) < 2**one.attributes.BitsStored


def test_the_ct_shows_air_lung_tissue_and_bone() -> None:
    one = of("general", "Chest with contrast")[59]
    values = np.frombuffer(one.frame(1), "<u2").reshape(512, 512).astype(int) + INTERCEPT
    assert abs(int(np.median(values[:40, :40])) - -1000) < 30
    assert abs(int(np.median(values[250:260, 140:150])) - -860) < 60
    assert (values > 500).mean() > 0.005
    assert 0.05 < ((values > 0) & (values < 120)).mean() < 0.6
    assert not np.array_equal(one.frame(1), of("general", "Chest with contrast")[60].frame(1))


def test_the_cine_moves_in_colour() -> None:
    (cine,) = (one for one in of("university", "Echocardiography") if one.frames)
    assert (cine.frames, cine.attributes.NumberOfFrames) == (60, 60)
    first, later = (imagecodecs.jpeg_decode(cine.frame(number)) for number in (1, 11))
    assert first.shape == (480, 640, 3)
    assert np.abs(first.astype(int) - later).mean() > 1
    assert (np.ptp(first.astype(int), axis=2) > 40).mean() > 0.005


@pytest.mark.parametrize("patient", [YAMADA, HONG, WANG, BUC], ids=lambda patient: patient.key)
def test_names_are_written_in_their_own_character_sets(patient: Patient) -> None:
    one = next(one for one in everything() if one.attributes.PatientName == patient.name)
    file = dcmread(BytesIO(one.part10()))
    assert str(file.PatientName) == patient.name
