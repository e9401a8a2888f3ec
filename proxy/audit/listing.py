"""Records for a terminal: a table for people, or one JSON object a line for programs."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
import json
from typing import Final

from proxy.audit.canonical import to_time
from proxy.audit.chain import Entry
from proxy.audit.reading import Record, read_record

_COLUMNS: Final[Mapping[str, Callable[[Record], str]]] = {
    "RECORD": lambda record: str(record.sequence),
    "TIME": lambda record: to_time(record.at),
    "EVENT": lambda record: record.event.kind,
    "OUTCOME": lambda record: record.event.outcome,
    "SUBJECT": lambda record: record.event.subject,
    "PURPOSE": lambda record: record.event.purpose,
    "PATIENT": lambda record: record.event.patient,
    "INSTITUTION": lambda record: record.event.institution,
    "STUDY": lambda record: record.event.study,
    "REASONS": lambda record: ", ".join(record.event.reasons),
}


def to_table(entries: Iterable[Entry]) -> Iterator[str]:
    """Lines of a table; characters that a terminal would obey are shown instead. Raises `LogDamaged`."""
    rows = [[visible(cell(read_record(entry))) for cell in _COLUMNS.values()] for entry in entries]
    return aligned([list(_COLUMNS), *rows])


def to_json_lines(entries: Iterable[Entry]) -> Iterator[str]:
    """Lines with `sequence`, `digest` (hexadecimal) and `body`, the body to the byte as it was hashed."""
    for entry in entries:
        read_record(entry)
        yield f'{{"sequence":{entry.sequence},"digest":"{entry.digest.hex()}","body":{entry.body.decode()}}}'


def visible(text: str) -> str:
    """`text` with everything unprintable (control characters, direction marks, line ends) as its escape."""
    return "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in text)


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows of a table whose columns stand below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
