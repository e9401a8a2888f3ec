"""A link as a QR code (ISO/IEC 18004), for somebody who stands beside the screen with a phone."""

import segno


def to_rows(text: str) -> list[str]:
    """The modules of the code from top to bottom, `1` for dark, without the quiet zone around them."""
    return ["".join(map(str, row)) for row in segno.make_qr(text, error="m").matrix]
