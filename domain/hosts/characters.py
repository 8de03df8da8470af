"""Characters as browsers read them in a host.

The mapping (UTS 46) is ours: NFKC, which Unicode keeps stable for assigned characters, after a table for what NFKC leaves
or younger versions of Unicode added. So two releases of Python judge alike.
"""

import unicodedata

_ZERO_DIGITS = (0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0E50,
                0x0ED0, 0x0F20, 0x1040, 0x17E0, 0x1810, 0x1CCF0, 0x1FBF0)  # fmt: skip
_DOTS = "\u3002\uff0e\uff61\u2024\ufe52"
_IGNORED = (
    *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0x180B, 0x1810),
    *range(0xFE00, 0xFE10), *range(0xE0000, 0xE0200), 0xAD, 0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0xFEFF,
)  # fmt: skip
_MAPPED: dict[int, str | None] = {
    **{first + digit: str(digit) for first in _ZERO_DIGITS for digit in range(10)},
    **{0x1CCD6 + letter: chr(ord("a") + letter) for letter in range(26)},
    **dict.fromkeys(map(ord, _DOTS), "."),
    **dict.fromkeys(_IGNORED, None),
}


def mapped(text: str) -> str:
    """`text` in lower case, with compatibility forms, dots and digits of other scripts in ASCII, and nothing invisible."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKC", text.translate(_MAPPED)).translate(_MAPPED)
    return unicodedata.normalize("NFKC", plain.casefold()).translate(_MAPPED)
