"""Asking an archive in process, and taking its multipart answers apart by Python's own mail parser."""

from email import message_from_bytes
from email.message import Message
from pathlib import Path

import httpx
import pydicom.data

from demo.archive import Archive

FILES = Path(pydicom.data.__file__).with_name("test_files")
FOLDERS = [FILES / "dicomdirtests" / name for name in ("77654033", "98892001", "98892003")]
BASE = "http://archive.example"
AS_STORED = 'multipart/related; type="application/octet-stream"; transfer-syntax=*'


def asking(archive: Archive) -> httpx.AsyncClient:
    headers = {"Accept": "application/dicom+json"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(archive.app), base_url=BASE, headers=headers)


def parts_of(response: httpx.Response) -> list[tuple[Message, bytes]]:
    """Headers and content of each part; content is bytes of any kind, so it is cut by Content-Length, not by lines."""
    boundary = response.headers["content-type"].partition("boundary=")[2].encode("ascii")
    parts, rest = [], response.content
    while not rest.startswith(b"--" + boundary + b"--\r\n"):
        head, _, rest = rest.partition(b"\r\n\r\n")
        first, _, fields = head.partition(b"\r\n")
        assert first == b"--" + boundary
        message = message_from_bytes(fields)
        length = int(message["Content-Length"])
        parts.append((message, rest[:length]))
        assert rest[length : length + 2] == b"\r\n"
        rest = rest[length + 2 :]
    return parts
