"""The same service on httpx's own transport instead of ours: `python -m benchmarks.stock serve …`."""

from functools import partial
import sys

from proxy import serving
from proxy.__main__ import main
from proxy.archives.http1.guarded import GuardedTransport
from proxy.archives.transport import archive_transport
from proxy.outside import Outside

if __name__ == "__main__":
    stock = partial(Outside, archive_transport=partial(archive_transport, carrier=GuardedTransport))
    setattr(serving, "Outside", stock)  # noqa: B010 - the service has no option for it, nor should it
    sys.exit(main())
