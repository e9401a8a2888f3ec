"""Metrics: Prometheus' text format, and labels that stay few and cannot name a person."""

import math

from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.observability.metrics import MAXIMUM_SERIES, Label, Metrics


def test_the_text_is_the_exposition_format():
    metrics = Metrics()
    seconds = metrics.histogram("vitrine_request_seconds", "How long they took.", Label.ROUTE, bounds=(0.1, 1))
    metrics.counter("vitrine_frames_cache_hits_total", "Frames found in memory.", lambda: 7)
    metrics.gauge("vitrine_audit_waiting", "Events that wait for their commit.", lambda: 3)
    for value in (0.1, 0.25, 5):
        seconds.observe(value, {Label.ROUTE: "/portal"})
    assert metrics.exposition() == (
        "# HELP vitrine_request_seconds How long they took.\n"
        "# TYPE vitrine_request_seconds histogram\n"
        'vitrine_request_seconds_bucket{route="/portal",le="0.1"} 1\n'
        'vitrine_request_seconds_bucket{route="/portal",le="1"} 2\n'
        'vitrine_request_seconds_bucket{route="/portal",le="+Inf"} 3\n'
        'vitrine_request_seconds_sum{route="/portal"} 5.35\n'
        'vitrine_request_seconds_count{route="/portal"} 3\n'
        "# HELP vitrine_frames_cache_hits_total Frames found in memory.\n"
        "# TYPE vitrine_frames_cache_hits_total counter\n"
        "vitrine_frames_cache_hits_total 7\n"
        "# HELP vitrine_audit_waiting Events that wait for their commit.\n"
        "# TYPE vitrine_audit_waiting gauge\n"
        "vitrine_audit_waiting 3\n"
    )


@given(st.text())
def test_no_text_makes_a_label_that_has_not_the_form_of_one(text):
    metrics = Metrics()
    seen = metrics.histogram("seen", "Seen.", Label.METHOD, Label.ROUTE)
    seen.observe(1, {Label.METHOD: f"Hong^Gildong {text}", Label.ROUTE: f"/studies/1.2.3/{text}"})
    assert metrics.exposition().splitlines()[-1] == 'seen_count{method="other",route="other"} 1'


def test_series_are_bounded_and_nothing_is_lost():
    metrics = Metrics()
    seen = metrics.histogram("seen", "Seen.", Label.STATUS)
    for number in range(MAXIMUM_SERIES + 50):
        seen.observe(1, {Label.STATUS: number})
    lines = [line for line in metrics.exposition().splitlines() if line.startswith("seen_count")]
    assert len(lines) == MAXIMUM_SERIES + 1
    assert lines[-1] == 'seen_count{status="other"} 50'


@pytest.mark.parametrize("labels", [{}, {Label.ROUTE: "/"}, {Label.STATUS: 200, Label.ROUTE: "/"}])
def test_a_measurement_has_exactly_its_labels(labels):
    with pytest.raises(ValueError, match="labels"):
        Metrics().histogram("seen", "Seen.", Label.STATUS).observe(1, labels)


@pytest.mark.parametrize("name", ["Seen", "seen total", "", "1seen", "seen"])
def test_names_are_plain_and_unique(name):
    metrics = Metrics()
    metrics.histogram("seen", "Seen.")
    with pytest.raises(ValueError, match="name"):
        metrics.gauge(name, "Seen.", lambda: 0)


@pytest.mark.parametrize(
    ("value", "text"), [(math.inf, "+Inf"), (-math.inf, "-Inf"), (math.nan, "NaN"), (1e-7, "1e-07")]
)
def test_numbers_beyond_the_ordinary_have_their_spelling(value, text):
    metrics = Metrics()
    metrics.gauge("level", "Level.", lambda: value)
    assert metrics.exposition().endswith(f"level {text}\n")


def test_methods_that_strangers_make_up_are_one_series():
    metrics = Metrics()
    seen = metrics.histogram("seen", "Seen.", Label.METHOD)
    for method in ("GET", "A", "B", "FETCH"):
        seen.observe(1, {Label.METHOD: method})
    counts = [line for line in metrics.exposition().splitlines() if line.startswith("seen_count")]
    assert counts == ['seen_count{method="GET"} 1', 'seen_count{method="other"} 3']
