"""The image's health check: alive means 200 for the public host, whatever the service is bound to."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
import threading

from deploy.healthcheck import is_live
from proxy.settings.server import Server

PUBLIC = "https://imaging.exchange.example"


class _Service(BaseHTTPRequestHandler):
    """Answers as the guard in front of the routes does: only for its public host."""

    def do_GET(self) -> None:
        right = self.headers["Host"] == "imaging.exchange.example" and self.path == "/health/live"
        self.send_response(200 if right else 421)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _running() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), _Service) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_a_service_bound_to_everything_is_asked_on_loopback_under_its_public_name() -> None:
    with _running() as port:
        assert is_live(Server(public_url=PUBLIC, bind="0.0.0.0", port=port))


def test_another_answer_is_not_life() -> None:
    with _running() as port:
        assert not is_live(Server(public_url="https://elsewhere.example", bind="127.0.0.1", port=port))


def test_nobody_there_is_not_life() -> None:
    with _running() as port:
        pass
    assert not is_live(Server(public_url=PUBLIC, port=port))
