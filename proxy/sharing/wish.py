"""What somebody asks for who makes a link."""

from datetime import datetime
from typing import Annotated, TypeVar

import msgspec

from proxy.errors import BadRequest
from proxy.resources import read_uid

_Read = TypeVar("_Read")


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The times are those from and until which the link is good: now, and as long as links usually are, without them.

    The recipient reads `message` before anything is opened.
    """

    study: Annotated[str, msgspec.Meta(max_length=64)]
    series: Annotated[str, msgspec.Meta(max_length=64)] = ""
    recipient: Annotated[str, msgspec.Meta(min_length=3, max_length=254)]
    message: Annotated[str, msgspec.Meta(max_length=500)] = ""
    since: datetime | None = None
    until: datetime | None = None
    opens: Annotated[int, msgspec.Meta(ge=1, le=100)] = 5

    def __post_init__(self) -> None:
        for uid in filter(None, (self.study, self.series)):
            read_uid(uid)
        for at in (self.since, self.until):
            if at is not None and at.tzinfo is None:
                raise ValueError("a time says its zone")
        if not all(one.isprintable() or one == "\n" for one in self.message):
            raise ValueError("`message` is plain text")


class CodeWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whoever has the link asks for a code, and says where to: it is sent nowhere else than the maker wanted."""

    token: Annotated[str, msgspec.Meta(max_length=200)]
    recipient: Annotated[str, msgspec.Meta(max_length=254)]


class Opening(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Link and code together."""

    token: Annotated[str, msgspec.Meta(max_length=200)]
    code: Annotated[str, msgspec.Meta(max_length=20)]


def read_wish(body: bytes) -> Wish:
    """Raises `BadRequest`, which repeats nothing of what was written."""
    return _read(body, Wish)


def read_code_wish(body: bytes) -> CodeWish:
    """Raises `BadRequest`, which repeats nothing of what was written."""
    return _read(body, CodeWish)


def read_opening(body: bytes) -> Opening:
    """Raises `BadRequest`, which repeats nothing of what was written."""
    return _read(body, Opening)


def _read(body: bytes, kind: type[_Read]) -> _Read:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, BadRequest) as error:
        raise BadRequest(f"the body is not what is taken here: {error}") from None
