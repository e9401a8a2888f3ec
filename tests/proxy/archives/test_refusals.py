"""What went wrong on the way to an archive, in the proxy's own words."""

from weakref import ref

import pytest

from proxy.archives.refusals import in_own_words
from proxy.errors import ArchiveFailed
from proxy.garbage import without_collection


class Body:
    """What was read of an answer."""


def failing() -> ref[Body]:
    """What fails while it is held, and what is left of it afterwards."""
    body = Body()
    with pytest.raises(ArchiveFailed), in_own_words("General Hospital"):
        raise OSError
    return ref(body)


def test_what_was_read_before_a_failure_goes_with_it() -> None:
    with without_collection():
        assert failing()() is None
