"""Where a viewer is going, in its own words: the frames of the series that it will want next, nearest first.

`Vitrine-Ahead: 1.2.3.4/1, 1.2.3.5/1` accompanies a request for a rendered frame and names instances and frames of the
same series. It is about a person's attention, and so is neither recorded nor logged.
"""

import re

from starlette.requests import Request

from proxy.resources import FramesRef, InstanceRef, Uid
from proxy.retrieval.ahead import MOST_AHEAD

HEADER = "Vitrine-Ahead"

_MEMBER = re.compile(r"([0-9]+(?:\.[0-9]+)*)/([1-9][0-9]{0,8})", re.ASCII)
_LONGEST_UID = 64


def read_ahead(request: Request, shown: InstanceRef) -> tuple[FramesRef, ...]:
    """The frames that the client says it will want, of the series of `shown`; what is not understood says nothing."""
    members = request.headers.get(HEADER, "").split(",")[:MOST_AHEAD]
    found = (_MEMBER.fullmatch(member.strip(" \t")) for member in members)
    return tuple(
        FramesRef(shown.study, shown.series, Uid(match[1]), (int(match[2]),))
        for match in found
        if match is not None and len(match[1]) <= _LONGEST_UID
    )
