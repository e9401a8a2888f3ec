"""The transfer syntaxes that frames can be put into here (PS3.18 Tables 8.7.3-4 and 8.7.3-5)."""

from typing import Final

_BASE = "1.2.840.10008.1.2"

EXPLICIT_LITTLE_ENDIAN: Final = f"{_BASE}.1"
RLE: Final = f"{_BASE}.5"
JPEG_LOSSLESS: Final = f"{_BASE}.4.57"
JPEG_LOSSLESS_FIRST_ORDER: Final = f"{_BASE}.4.70"
JPEG_LS: Final = f"{_BASE}.4.80"
JPEG_LS_NEAR: Final = f"{_BASE}.4.81"
JPEG_2000_LOSSLESS: Final = f"{_BASE}.4.90"
JPEG_2000: Final = f"{_BASE}.4.91"
JPEG_XL_LOSSLESS: Final = f"{_BASE}.4.110"
JPEG_XL: Final = f"{_BASE}.4.112"
HTJ2K_LOSSLESS: Final = f"{_BASE}.4.201"
HTJ2K_LOSSLESS_RPCL: Final = f"{_BASE}.4.202"
HTJ2K: Final = f"{_BASE}.4.203"

LOSSY = frozenset({JPEG_LS_NEAR, HTJ2K})
"""Those in which information is lost, on purpose: whoever asks for one by name asks for less to transfer."""

LOSSLESS = frozenset(
    {
        *(EXPLICIT_LITTLE_ENDIAN, RLE, JPEG_LOSSLESS, JPEG_LOSSLESS_FIRST_ORDER, JPEG_LS),
        *(JPEG_2000_LOSSLESS, JPEG_2000, JPEG_XL_LOSSLESS, JPEG_XL, HTJ2K_LOSSLESS, HTJ2K_LOSSLESS_RPCL),
    }
)
"""Those in which every stored value stays what it is, also where the syntax would permit a loss."""
