"""An account on paper: a PDF that carries the account with its proof as an attached file (ISO 32000-1 §7.11.4)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unicodedata import bidirectional, category

from proxy.accounting import words
from proxy.accounting.account import Account
from proxy.accounting.disclosures import AccountedView
from rendering.font_files import FONT_FILES

if TYPE_CHECKING:
    from fpdf import FPDF

MEDIA_TYPE: Final = "application/pdf"
ATTACHED: Final = "account.json"
_MAIN: Final = "main"
_TITLE_POINTS, _POINTS, _SMALL_POINTS = 15, 9, 7.5
_MARGIN: Final = 14
_COLUMNS: Final = ("When (UTC)", "Who", "What", "Why", "Released by")
_WIDTHS: Final = (17, 26, 30, 30, 22)
_LONGEST_LINE, _MOST_LINES = 150, 6  # characters, which take seven lines of a column at most; a page has 40


def to_pdf(account: Account, proof: bytes) -> bytes:
    """A4, landscape. `proof` is the account as `Format.PROOF` gives it."""
    paper = _paper_of("".join(_texts(account)))
    paper.set_title(f"{words.about(account)}, {account.since} to {account.to}")
    paper.set_author(account.exchange)
    paper.set_lang("en")
    paper.set_creation_date(account.made)
    paper.embed_file(bytes=proof, basename=ATTACHED, desc="The account with its proof", compress=True)
    paper.add_page()
    _write(paper, _TITLE_POINTS, "Account of disclosures")
    for line in _head(account):
        _write(paper, _POINTS, _cell(line))
    paper.ln(3)
    paper.set_font(size=_SMALL_POINTS)
    with paper.table(col_widths=_WIDTHS, text_align="LEFT", line_height=4, padding=1, v_align="T") as table:
        table.row(_COLUMNS)
        for view in account.views:
            table.row(_row(view, account))
    return bytes(paper.output())


def _head(account: Account) -> Iterator[str]:
    yield words.about(account)
    yield f"{account.exchange}. From {account.since} to {account.to}, both days included (UTC)."
    yield f"{words.summary(account)}. Made {_moment(account.made)} UTC."
    if account.truncated:
        yield words.TRUNCATED
    if account.begins > 1:
        yield f"The log has what happened from record {account.begins} on; what was before is not kept any more."
    yield f"This file carries its proof, as the attached file {ATTACHED}, and a seal."
    yield "`vitrine accounting verify` checks that no byte was changed, and that each line is in the audit log."


def _row(view: AccountedView, account: Account) -> list[str]:
    frames = "" if view.frames is None else f"{view.frames} frames, {view.frames_native} in full fidelity"
    decided = [account.rules.get(rule, rule) for rule in view.reasons]
    return [
        _cell(_moment(view.time), f"until {_moment(view.until)}" if view.until else "", f"Record {view.record}"),
        _cell(view.name or view.subject, view.organization, words.roles(view), view.address),
        _cell(words.kind(view), words.study(view), view.study, frames),
        _cell("EMERGENCY ACCESS" if view.emergency else "", words.purpose(view), *decided),
        _cell(view.institution_name, view.policy and f"Policy {view.policy[:18]}"),
    ]


def _cell(*told: str) -> str:
    """Each on a line of its own, as far as a page has room for it; the attached account has it whole."""
    lines = [" ".join(one.split()) for one in told if one]
    shown = [line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…" for line in lines[:_MOST_LINES]]
    return "\n".join([*shown, *(["…"] if len(lines) > _MOST_LINES else [])])


def _texts(account: Account) -> Iterator[str]:
    yield from _head(account)
    for view in account.views:
        yield from _row(view, account)


def _paper_of(text: str) -> "FPDF":
    """Paper that can write `text`, as far as this machine has fonts for it."""
    paper: FPDF = import_module("fpdf").FPDF(orientation="landscape", format="A4")
    paper.set_margin(_MARGIN)
    paper.set_auto_page_break(True, _MARGIN)
    main, *others = [file for file in FONT_FILES if Path(file).exists()] or [""]
    if not main:
        paper.set_font("Helvetica", size=_POINTS)
        paper.core_fonts_encoding = "utf-8"
        return paper
    for style in ("", "B"):  # the heads of a table are bold
        paper.add_font(_MAIN, style, main)
    paper.set_font(_MAIN, size=_POINTS)
    fallback = _missing(paper, text, others)
    if fallback:
        paper.set_fallback_fonts(fallback)
    paper.set_text_shaping(use_shaping_engine=_is_shaped(text))
    return paper


def _missing(paper: "FPDF", text: str, files: Sequence[str]) -> list[str]:
    """Load those of `files` that have characters which the fonts before have not; their names."""
    wanted = {ord(one) for one in text} - {ord("\n")} - _known(paper, _MAIN)
    loaded = []
    for number, file in enumerate(files):
        if not wanted:
            break
        name = f"other{number}"
        paper.add_font(name, "", file)
        if known := wanted & _known(paper, name):
            wanted -= known
            loaded.append(name)
    return loaded


def _known(paper: "FPDF", name: str) -> set[int]:
    font: Any = paper.fonts[name]
    return set(font.cmap)


def _is_shaped(text: str) -> bool:
    """Whether letters run from the right, or change with their neighbours: laying that out takes thrice as long."""
    return any(bidirectional(one) in {"R", "AL"} or category(one) in {"Mn", "Mc"} for one in text)


def _write(paper: "FPDF", points: float, line: str) -> None:
    paper.set_font(size=points)
    paper.multi_cell(0, points * 0.5, line, new_x="LMARGIN", new_y="NEXT", align="L")


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"
