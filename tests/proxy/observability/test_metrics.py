"""Metrics: Prometheus' text format, and labels that stay few and cannot name a person."""

import math

from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.observability.metrics import MAXIMUM_SERIES, Label, Metrics


def test_the_text_is_the_exposition_format():
    metrics = Metrics()
    requests = metrics.counter("vitrine_requests_total", "Requests answered.", Label.ROUTE, Label.STATUS)
    seconds = metrics.histogram("vitrine_request_seconds", "How long they took.", bounds=(0.1, 1))
    metrics.gauge("vitrine_audit_waiting", "Events that wait for their commit.", lambda: 3)
    requests.add({Label.ROUTE: "/portal", Label.STATUS: 200})
    requests.add({Label.ROUTE: "/portal", Label.STATUS: 200})
    requests.add({Label.ROUTE: "/dicomweb/studies/{study}", Label.STATUS: 404}, 0.5)
    for value in (0.1, 0.25, 5):
        seconds.observe(value)
    assert metrics.exposition() == (
        "# HELP vitrine_requests_total Requests answered.\n"
        "# TYPE vitrine_requests_total counter\n"
        'vitrine_requests_total{route="/portal",status="200"} 2\n'
        'vitrine_requests_total{route="/dicomweb/studies/{study}",status="404"} 0.5\n'
        "# HELP vitrine_request_seconds How long they took.\n"
        "# TYPE vitrine_request_seconds histogram\n"
        'vitrine_request_seconds_bucket{le="0.1"} 1\n'
        'vitrine_request_seconds_bucket{le="1"} 2\n'
        'vitrine_request_seconds_bucket{le="+Inf"} 3\n'
        "vitrine_request_seconds_sum 5.35\n"
        "vitrine_request_seconds_count 3\n"
        "# HELP vitrine_audit_waiting Events that wait for their commit.\n"
        "# TYPE vitrine_audit_waiting gauge\n"
        "vitrine_audit_waiting 3\n"
    )


@given(st.text())
def test_no_text_makes_a_label_that_has_not_the_form_of_one(text):
    metrics = Metrics()
    counter = metrics.counter("seen_total", "Seen.", Label.INSTITUTION, Label.ROUTE)
    counter.add({Label.INSTITUTION: f"Hong^Gildong {text}", Label.ROUTE: f"/studies/1.2.3/{text}"})
    assert metrics.exposition().splitlines()[2] == 'seen_total{institution="other",route="other"} 1'


def test_series_are_bounded_and_nothing_is_lost():
    metrics = Metrics()
    counter = metrics.counter("seen_total", "Seen.", Label.ARCHIVE)
    for number in range(MAXIMUM_SERIES + 50):
        counter.add({Label.ARCHIVE: f"archive-{number}"})
    lines = metrics.exposition().splitlines()[2:]
    assert len(lines) == MAXIMUM_SERIES + 1
    assert lines[-1] == 'seen_total{archive="other"} 50'


@pytest.mark.parametrize("labels", [{}, {Label.ROUTE: "/"}, {Label.ARCHIVE: "a", Label.ROUTE: "/"}])
def test_a_measurement_has_exactly_its_labels(labels):
    with pytest.raises(ValueError, match="labels"):
        Metrics().counter("seen_total", "Seen.", Label.ARCHIVE).add(labels)


@pytest.mark.parametrize("name", ["Seen", "seen total", "", "1seen", "seen"])
def test_names_are_plain_and_unique(name):
    metrics = Metrics()
    metrics.counter("seen", "Seen.")
    with pytest.raises(ValueError, match="name"):
        metrics.counter(name, "Seen.")


def test_a_counter_only_grows():
    with pytest.raises(ValueError, match="grows"):
        Metrics().counter("seen_total", "Seen.").add(amount=-1)


@pytest.mark.parametrize(
    ("value", "text"), [(math.inf, "+Inf"), (-math.inf, "-Inf"), (math.nan, "NaN"), (1e-7, "1e-07")]
)
def test_numbers_beyond_the_ordinary_have_their_spelling(value, text):
    metrics = Metrics()
    metrics.gauge("level", "Level.", lambda: value)
    assert metrics.exposition().endswith(f"level {text}\n")
