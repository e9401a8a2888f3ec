"""The demo exchange with two things of its own: somebody is told of emergencies, and consents are files.

`python -m tests.browser.clinic PORT RECEIVER` serves it below the working folder; consents are in `consents`, and the
key of what the receiver, a loopback port, is told is in `key`.
"""

from pathlib import Path
import sys
from typing import Final

from demo.exchange import _configure, _orders, surroundings
from proxy.serving import serve
from proxy.settings.file import read_settings

CONSENTS: Final = "consents"
KEY: Final = "key"
_NOTIFIED: Final = """
[[emergencies.notified]]
id = "lakeside-privacy"
url = "http://127.0.0.1:{receiver}/emergencies"
secret = {{ file = "{key}" }}
institutions = ["lakeside"]
"""


def run(port: int, receiver: int) -> None:
    """Until a signal ends it."""
    public_url, folder = f"http://127.0.0.1:{port}", Path.cwd()
    orders = _orders(public_url)
    file = _configure(orders, public_url, port)
    text = file.read_text("utf-8")
    told = text.replace("[consents]\n", f'[consents]\nfolder = "{folder / CONSENTS}"\n', 1)
    file.write_text(told + _NOTIFIED.format(receiver=receiver, key=folder / KEY), "utf-8")
    with surroundings(orders):
        serve(read_settings(file), log_level="WARNING")


if __name__ == "__main__":
    run(int(sys.argv[1]), int(sys.argv[2]))
