"""The ICC profile inside a JPEG stream, in as many APP2 segments as it takes (ICC.1 Annex B.4, ITU-T T.81 B.1)."""

_SOI, _APP2, _NAME = b"\xff\xd8", 0xE2, b"ICC_PROFILE\0"
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xDA)}
_START_OF_SCAN = 0xDA
_MOST_SEGMENTS = 512


def profile_in(data: bytes | memoryview) -> bytes:
    """The profile that stands before the first scan; empty when there is none, or a part of it is missing."""
    pieces: dict[int, bytes] = {}
    count, position = 0, 2
    for _ in range(_MOST_SEGMENTS if bytes(data[:2]) == _SOI else 0):
        head = bytes(data[position : position + 4])
        if head[:2] == b"\xff\xff":
            position += 1
            continue
        if len(head) < 4 or head[0] != 0xFF or head[1] in _WITHOUT_LENGTH or head[1] == _START_OF_SCAN:
            break
        end = position + 2 + int.from_bytes(head[2:])
        content = bytes(data[position + 4 : end]) if head[1] == _APP2 else b""
        if content.startswith(_NAME) and len(content) > len(_NAME) + 2:
            number, count = content[len(_NAME)], content[len(_NAME) + 1]
            pieces[number] = content[len(_NAME) + 2 :]
        position = end
    wanted = range(1, count + 1)
    return b"".join(pieces[number] for number in wanted) if pieces.keys() == set(wanted) else b""
