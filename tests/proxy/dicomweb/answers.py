"""What a client finds in an answer: its parts, an image's grey levels, and which of them a window makes."""

import email
from email.message import Message
from io import BytesIO

import httpx
import numpy as np
from numpy.typing import NDArray
from PIL import Image


def parts_of(response: httpx.Response) -> list[Message]:
    """The parts of an answer that has some, as Python's own mail parser reads them."""
    assert response.status_code == 200, response.text
    head = f"Content-Type: {response.headers['content-type']}\r\n\r\n".encode()
    message = email.message_from_bytes(head + response.content)
    assert message.is_multipart()
    parts: list[Message] = message.get_payload()
    return parts


def picture(content: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(BytesIO(content)).convert("L"))


def level(value: int, center: float, width: float) -> int:
    """The grey level of a stored value through a linear window (PS3.3 C.11.2.1.2.1), on 8 bits."""
    return round(min(1, max(0, (value - (center - 0.5)) / (width - 1) + 0.5)) * 255)
