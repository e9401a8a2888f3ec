"""Asking for one resource after the other, each by whoever is free: a browser with so many connections."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection


def get(connection: HTTPConnection, path: str, headers: Mapping[str, str]) -> bytes:
    """The body of what is at `path`. RuntimeError when it is not given."""
    connection.request("GET", path, headers=dict(headers))
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != HTTPStatus.OK:
        raise RuntimeError(f"status {answer.status}: {body[:500]!r}")
    return body


def get_all(port: int, paths: Sequence[str], headers: Mapping[str, str], connections: int) -> int:
    """Get each of `paths` once, in their order over all connections; the bytes of their bodies."""

    def lane(mine: Sequence[str]) -> int:
        with closing(HTTPConnection("127.0.0.1", port, timeout=600)) as connection:
            return sum(len(get(connection, path, headers)) for path in mine)

    lanes = [paths[number::connections] for number in range(connections)]
    with ThreadPoolExecutor(connections) as pool:
        return sum(pool.map(lane, lanes))
