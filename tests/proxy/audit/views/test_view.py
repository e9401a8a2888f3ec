"""The events of a view session, folded: one value that says who saw which frames of what, when and until when."""

from datetime import timedelta
from typing import Any

import pytest

from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.reading import Record
from proxy.audit.store import LogDamaged
from proxy.audit.views.coding import to_text
from proxy.audit.views.runs import Runs
from proxy.audit.views.view import Ended, Field, views_of
from proxy.resources import Uid
from tests.proxy.audit.logs import NOON

SERIES, INSTANCE = Uid("1.2.1"), Uid("1.2.1.1")


def event(number: int, kind: EventKind, session: str = "v-1", **detail: Any) -> Record:
    told = {name.replace("_", "-"): value for name, value in detail.items()}
    return Record(
        number,
        NOON + timedelta(minutes=number),
        Event(kind, Outcome.SUCCESS, subject="demo:chen", study="1.2", view_session=session, detail=told),
    )


def frames(runs: Runs) -> str:
    return to_text({SERIES: {INSTANCE: runs}})


def test_a_view_is_the_sum_of_its_events() -> None:
    (view,) = views_of(
        [
            event(1, EventKind.PREVIEWED, study_date="20260314", modalities="CT SR"),
            event(2, EventKind.VIEW_OPENED, rendered_only=1, emergency="e-1"),
            event(
                *(3, EventKind.VIEW_PROGRESS),
                frames=frames(((1, 4),)),
                delivered=5,
                bytes=10,
                last_second=70,
                rendered_only=1,
            ),
            event(
                *(4, EventKind.VIEW_CLOSED),
                frames=frames(((4, 6),)),
                delivered=3,
                bytes=7,
                last_second=95,
                masked=1,
                native_frames=frames(((6, 7),)),
                native_delivered=2,
                native_pixels=9,
                ended="idle",
            ),
        ]
    )

    assert (view.opened, view.until) == (NOON + timedelta(minutes=1), NOON + timedelta(minutes=1, seconds=95))
    assert view.ended is Ended.IDLE
    assert view.studied
    assert view.rendered == {SERIES: {INSTANCE: ((1, 6),)}}
    assert view.native == {SERIES: {INSTANCE: ((6, 7),)}}
    assert (view.delivered, view.native_delivered, view.octets, view.native_pixels) == (8, 2, 17, 9)
    assert view.seen == 7
    assert view.obligations == {"rendered-only": 1, "masked": 1}
    assert (view.study_date, view.modalities, view.emergency) == ("20260314", ("CT", "SR"), "e-1")
    assert view.first.subject == "demo:chen"
    assert view.records == (1, 2, 3, 4)


def test_views_do_not_mix_and_other_events_are_passed_over() -> None:
    views = views_of(
        [
            event(1, EventKind.VIEW_OPENED),
            event(2, EventKind.VIEW_REFUSED, session="v-9"),
            event(3, EventKind.VIEW_OPENED, session="v-2"),
            event(4, EventKind.VIEW_PROGRESS, frames=frames(((1, 1),)), delivered=1),
            event(5, EventKind.COPYING_SUSPECTED),
        ]
    )

    assert [(view.session, view.delivered, view.ended) for view in views] == [("v-1", 1, None), ("v-2", 0, None)]


def test_a_view_that_went_on_after_it_was_closed_is_open_again() -> None:
    (view,) = views_of(
        [
            event(1, EventKind.VIEW_OPENED),
            event(2, EventKind.VIEW_CLOSED, ended="idle", delivered=1),
            event(3, EventKind.VIEW_PROGRESS, delivered=1),
        ]
    )

    assert (view.ended, view.delivered) == (None, 2)


def test_frames_that_cannot_be_read_are_damage_with_its_place() -> None:
    with pytest.raises(LogDamaged, match="record 7 "):
        views_of([event(7, EventKind.VIEW_PROGRESS, frames='{"1.2":')])


@pytest.mark.parametrize("value", ["many", ""])
def test_hostile_details_count_nothing(value: str) -> None:
    (view,) = views_of([event(1, EventKind.VIEW_CLOSED, **{Field.DELIVERED: value, Field.ENDED: value})])

    assert (view.delivered, view.ended) == (0, Ended.INTERRUPTED)
