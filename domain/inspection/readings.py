"""What a text says once what hides it is taken away: codes, misspelling, letters apart, letters of other alphabets."""

import base64
import binascii
import codecs
import html
import re
from collections.abc import Callable, Iterator
from itertools import islice
from urllib.parse import unquote

LONGEST_HIDDEN = 8_000
_BLOBS_AT_MOST = 5

_BLOB = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}", re.ASCII)
_HEX = re.compile(r"(?:\b|\\x|0x)[0-9A-Fa-f]{2}(?:(?: |\\x|:)?[0-9A-Fa-f]{2}){11,}\b", re.ASCII)
_BITS = re.compile(r"\b[01]{8}(?: ?[01]{8}){7,}\b")
_NOT_HEX = re.compile(r"\\x|0x|[ :]")
_ESCAPED = re.compile(r"(?:%[0-9A-Fa-f]{2}|&#x?[0-9A-Fa-f]{1,6};|\\u[0-9A-Fa-f]{4}){1}", re.ASCII)
_UNICODE_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})", re.ASCII)
_TURNED_OR_REVERSED = re.compile(
    "vtaber|cnffjbeq|vafgehpgvba|frperg|flfgrz|sbetrg|qvfertneq|qryrgr|erirny|bireevqr|genafsre|"
    "erongi|snoitcurtsni|drowssap|terces|tpmorp|tegrof|dragersid|eteled|laever|edirrevo|refsnart"
)
"""What words of orders look like in rot13, and read from their end."""

_LETTERS_APART = re.compile(r"(?<![a-z0-9])[a-z](?:[ ._*-][a-z]){4,40}(?![a-z0-9])")
_RUN_TOGETHER = re.compile(
    "(ignor(?:e|ing)|disregard|forget|override|reveal|previous|earlier|prior|instructions|everything|system|prompt|password|secret|"
    "delete|transfer|forward|send|your|goal|rules|task|user|tell|all|the|and|not)"
)
_COMPOUND = re.compile(
    r"(?<![\w/.@:-])(?=[\w-]{0,60}(?:ignor|disregard|forget|overrid|reveal|bypass|instructions))[a-z]{2,20}(?:[_-][a-z]{1,20}){2,9}(?![\w/@.-])",
    re.ASCII | re.IGNORECASE,
)
"""Words that make an order, with marks for blanks; not so in an address."""
_DIGIT_IN_WORD = re.compile(
    r"(?<![\w/.:@-])(?=[a-z0-9@$]{0,20}[a-z])(?=[a-z0-9@$]{0,20}[0134@$5])[a-z0-9@$]{4,24}(?![\w/@-])"
)
_DIGIT = re.compile("[0134@$5]")
_AS_LETTERS = str.maketrans("0134@$57", "oieaasst")
_WORDS_IN_MARKS = re.compile(r"(?:[.*_~|]\w{1,20}[.*_~|] ?){3,}")
_MARKS = re.compile(r"[.*_~|]+")
_MIXED_SCRIPTS = re.compile("[a-z][\u0370-\u04ff]|[\u0370-\u04ff][a-z]")
_LOOK_ALIKES = str.maketrans("авеікмнорстухѕјԁгαεικνορτυχ", "abeikmhopctyxsjdraeikvoptux")
_KEY_WORDS = (
    "ignore",
    "disregard",
    "forget",
    "previous",
    "instructions",
    "everything",
    "override",
    "system",
    "prompt",
    "password",
    "reveal",
    "secret",
)
_BY_ENDS = {
    ends: tuple(word for word in _KEY_WORDS if (word[0], word[-1]) == ends)
    for ends in {(word[0], word[-1]) for word in _KEY_WORDS}
}


_NEARLY_KEYS = re.compile(
    "|".join(rf"\b{word[0]}[a-z]{{{len(word) - 3},{len(word) - 1}}}{word[-1]}\b" for word in _KEY_WORDS)
)
"""What begins and ends as a key word does, and is as long but for one letter."""
_NEAR_A_KEY = re.compile(
    rf"(?<![a-z])(?=[{''.join(sorted({word[0] for word in _KEY_WORDS}))}][a-z]{{3,11}}[{''.join(sorted({word[-1] for word in _KEY_WORDS}))}]\b)"
)
"""Most texts hold no word that could be one, and so are told at a third of the cost."""


def decoded(text: str) -> Iterator[tuple[str, str]]:
    """Each text that stands in `text` in a code that needs no key: how it is written, and what it says."""
    if len(text) >= _SHORTEST_CODE:
        for code, sign, pattern, read in _CODES:
            if sign in text:
                yield from _read(text, code, pattern, read)
    head = text[:LONGEST_HIDDEN]
    if ("%" in head or "&#" in head or "\\u" in head) and _ESCAPED.search(head):
        yield "character codes", _UNICODE_ESCAPE.sub(lambda match: chr(int(match[1], 16)), html.unescape(unquote(head)))
    if _TURNED_OR_REVERSED.search(head.lower()):
        yield "rot13", codecs.decode(head, "rot13")
        yield "letters in reverse", head[::-1]


def _read(text: str, code: str, pattern: re.Pattern[str], read: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    for match in islice(pattern.finditer(text), _BLOBS_AT_MOST):
        try:
            yield code, read(match[0][: 8 * LONGEST_HIDDEN])
        except (binascii.Error, ValueError):
            continue


def _base64(blob: str) -> str:
    plain = blob[:LONGEST_HIDDEN].rstrip("=").translate(str.maketrans("-_", "+/"))
    return base64.b64decode(plain + "=" * (-len(plain) % 4)).decode()


def _hex(digits: str) -> str:
    return bytes.fromhex(_NOT_HEX.sub("", digits)).decode()


def _bits(digits: str) -> str:
    plain = digits.replace(" ", "")
    return bytes(int(plain[at : at + 8], 2) for at in range(0, len(plain), 8)).decode()


_SHORTEST_CODE = 24
_CODES: tuple[tuple[str, str, re.Pattern[str], Callable[[str], str]], ...] = (
    ("base64", "", _BLOB, _base64),
    ("hexadecimal digits", "6", _HEX, _hex),
    ("binary digits", "01", _BITS, _bits),
)
"""With a sign that each text of letters has in that code, since looking for it costs less than looking for the code."""


def is_compound(text: str) -> bool:
    """Whether it holds an order whose words stand together with marks between them."""
    return ("_" in text or "-" in text) and _COMPOUND.search(text) is not None


def plainer(folded: str) -> str:
    """Folded text with its key words as they are usually spelled; itself where nothing is disguised."""
    plain = folded
    if not plain.isascii() and _MIXED_SCRIPTS.search(plain):
        plain = plain.translate(_LOOK_ALIKES)
    if _DIGIT.search(plain) and _DIGIT_IN_WORD.search(plain):
        plain = _DIGIT_IN_WORD.sub(lambda match: match[0].translate(_AS_LETTERS), plain)
    if _LETTERS_APART.search(plain):
        plain = _LETTERS_APART.sub(_joined, plain)
    if is_compound(plain):
        plain = _COMPOUND.sub(lambda match: match[0].replace("_", " ").replace("-", " "), plain)
    if _WORDS_IN_MARKS.search(plain):
        plain = " ".join(_MARKS.sub(" ", plain).split())
    return _NEARLY_KEYS.sub(_spelled, plain) if _NEAR_A_KEY.search(plain) else plain


def _joined(match: re.Match[str]) -> str:
    return " ".join(_RUN_TOGETHER.sub(r" \1 ", match[0][::2]).split())


def _spelled(match: re.Match[str]) -> str:
    word = match[0]
    for key in _BY_ENDS.get((word[0], word[-1]), ()):
        if word != key and abs(len(word) - len(key)) <= 1 and _is_misspelled(word, key):
            return key
    return word


def _is_misspelled(word: str, key: str) -> bool:
    """Whether it is the key with its inner letters in another order, or with one too many, too few or another."""
    if len(word) == len(key):
        return sorted(word) == sorted(key) or sum(a != b for a, b in zip(word, key, strict=True)) == 1
    longer, shorter = (word, key) if len(word) > len(key) else (key, word)
    return any(longer[:at] + longer[at + 1 :] == shorter for at in range(1, len(longer) - 1))
