"""Numbers that are secrets: payment cards and bank accounts, known by their check digits; PINs and one-time codes.

Sources: ISO/IEC 7812-1 (card numbers, the Luhn check, issuer ranges), ISO 13616 (IBAN) with ISO/IEC 7064 (MOD 97-10).
"""

import re
from collections.abc import Iterator

_DIGITS = re.compile(r"[0-9]{3}")
"""What each of them holds."""
_CARD = re.compile(
    r"(?<![\w+.-])(?:[0-9]{13,19}"
    r"|[0-9]{4}(?P<a>[ -])[0-9]{4}(?P=a)[0-9]{4}(?P=a)[0-9]{1,4}(?:(?P=a)[0-9]{3})?"
    r"|[0-9]{4}(?P<b>[ -])[0-9]{6}(?P=b)[0-9]{4,5})(?![\w-]|\.[0-9])"
)
_ISSUED = re.compile(
    r"4(?:.{12}|.{15}|.{18})|(?:5[1-5]|2[2-7]).{14}|3[47].{13}|3(?:0[0-5]|[689]\d).{11}|35.{14}|6(?:011|4[4-9]\d|[25]\d\d).{12,15}"
    r"|(?:50|5[6-8]|6[37]).{11,17}"
)
"""Visa, Mastercard, American Express, Diners, JCB, Discover and UnionPay, Maestro: what begins otherwise is no card."""
_OLD_VISA = 13
_NAMED_CARD = re.compile(r"(?i)card|visa")
_IBAN = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?:[A-Z0-9]{11,30}(?![A-Za-z0-9])|(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,4})?)",
    re.ASCII,
)
_SHORTEST_IBAN = 15
_CODE_AFTER = re.compile(
    r"(?:\bPIN(?:[ -](?i:code|number))?|(?i:\bpin(?=\s{0,3}[:=\uff1a]|\s{1,3}is\b)|\b(?:otp|cvv2?|cvc2?)|"
    r"\b(?:verification|security|login|one-time|access|authentication|auth|2fa|mfa|sms|otp)[ -](?:pass)?code))"
    r"(?:\s{0,3}[:=#\uff1a]|\s{1,3}(?i:is|was))?\s{1,3}[\"'`]?(?P<code>[0-9]{3,8})(?![\w-]|[.,][0-9])",
)


def secret_numbers(text: str) -> Iterator[tuple[int, int, str]]:
    """Where each stands, and its kind."""
    if not _DIGITS.search(text):
        return
    for match in _CARD.finditer(text):
        digits = match[0].replace(" ", "").replace("-", "")
        if len(digits) == _OLD_VISA and not _NAMED_CARD.search(text, max(0, match.start() - 30), match.start()):
            continue  # as long as many a phone number
        if _ISSUED.fullmatch(digits) and _luhn(digits):
            yield *match.span(), "payment_card"
    for match in _IBAN.finditer(text):
        if end := _end_of_iban(match[0]):
            yield match.start(), match.start() + end, "iban"
    for match in _CODE_AFTER.finditer(text):
        yield *match.span("code"), "pin"


def _luhn(digits: str) -> bool:
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


def _end_of_iban(text: str) -> int:
    """The length of the IBAN that `text` begins with, 0 if it is none; words in capitals may follow in its groups."""
    while len(compact := text.replace(" ", "")) >= _SHORTEST_IBAN:
        moved = compact[4:] + compact[:4]
        if int("".join(str(int(char, 36)) for char in moved)) % 97 == 1:
            return len(text)
        text = text.rpartition(" ")[0]
    return 0
