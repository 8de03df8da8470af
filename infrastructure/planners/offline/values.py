"""What a text names literally: addresses, quoted text, dates, amounts, languages, names. Nothing is made up.

Dates and times stay as they are written ("tomorrow", "Friday at 9am"): there is no clock here, and a plan must not depend
on when it was drafted.
"""

import re
from typing import Literal, NamedTuple

from pydantic import JsonValue

from planfold.domain.secrets import REDACTED
from planfold.infrastructure.planners.offline.words import ACTIONS, ACTIONS_OR_NOUNS, STOP, listed, plain

Kind = Literal[
    "quoted", "statement", "secret", "url", "email", "path", "channel", "phone", "day", "time", "number", "currency", "language", "name",
    "formula", "claimed",
]  # fmt: skip


class Value(NamedTuple):
    """`value` as a parameter takes it, found at `start:end`."""

    kind: Kind
    start: int
    end: int
    value: JsonValue


OPAQUE: frozenset[Kind] = frozenset(
    {"quoted", "statement", "secret", "url", "email", "path", "channel", "phone", "day", "time"}
)
"""Kinds inside which no clause ends."""

_ADDRESSES = frozenset({"url", "email", "path", "channel"})

_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_PART = r"(?:morning|afternoon|evening|night|noon)"
_UNIT = r"(?:minutes?|mins?|hours?|days?|weeks?|months?|years?)"
_COUNT = r"(?:\d+|an?|one|two|three|four|five|six|seven|ten|a few|half an)"
_DAY = (
    rf"\d{{4}}-\d{{2}}-\d{{2}}(?:[T ]\d{{2}}:\d{{2}}(?::\d{{2}}(?:\.\d+)?)?(?:Z|[+-]\d{{2}}:?\d{{2}})?)?"
    rf"|\d{{1,2}}[./]\d{{1,2}}[./]\d{{4}}"
    rf"|(?:the )?day after tomorrow|(?:today|tomorrow|tonight|yesterday)(?: {_PART})?"
    rf"|(?:(?:next|this|last|coming|every) )?{_WEEKDAY}(?: {_PART})?"
    rf"|(?:next|this|last|coming) (?:week|weekend|month|quarter|year|{_PART})"
    rf"|(?:every|each) (?:day|week|month|year|{_PART})|daily|weekly|monthly"
    rf"|(?:in|after) {_COUNT} {_UNIT}|{_COUNT} {_UNIT} from now"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}(?:,? \d{{4}})?|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? \d{{4}})?"
)
_TIME = (
    rf"\d{{1,2}}:\d{{2}}(?: ?[ap]\.?m\b\.?)?|\d{{1,2}} ?(?:am|pm|a\.m\.|p\.m\.)(?!\w)|"
    rf"\d{{1,2}} o'clock(?: in the {_PART})?"
    rf"|(?<=at )(?:noon|midnight)|(?<=at )\d{{1,2}}(?= (?:on|tomorrow|today|{_WEEKDAY})|[.,;]|$)"
)
_SUFFIXES = (
    "txt|md|markdown|rst|csv|tsv|json|jsonl|yaml|yml|toml|xml|html|pdf|docx?|xlsx?|pptx?|odt|rtf|log|ini|cfg|sql|py|"
    "js|ts"
    "|png|jpe?g|gif|svg|webp|mp3|mp4|m4a|wav|ogg|flac|mov|zip|gz|tar|parquet|db|sqlite|ics|eml"
)
_COMMON_DOMAINS = "com|org|net|io|dev|gov|edu|ai|app|info"

LANGUAGES = (
    "Afrikaans Albanian Arabic Armenian Basque Bengali Bosnian Bulgarian Catalan Chinese Mandarin Cantonese Croatian "
    "Czech Danish Dutch English Estonian Farsi Finnish French Galician Georgian German Greek Gujarati Hebrew Hindi "
    "Hungarian Icelandic Indonesian Irish Italian Japanese Kannada Kazakh Korean Latin Latvian Lithuanian Macedonian "
    "Malay Malayalam Maltese Marathi Mongolian Nepali Norwegian Persian Polish Portuguese Punjabi Romanian Russian "
    "Serbian Slovak Slovenian Somali Spanish Swahili Swedish Tagalog Tamil Telugu Thai Turkish Ukrainian Urdu Uzbek "
    "Vietnamese Welsh Yoruba Zulu"
)
# ISO 4217 codes, and the words for those currencies that have one of their own.
CODES = (
    "AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR ISK JPY KES KRW MAD MXN MYR NGN "
    "NOK NZD "
    "PEN PHP PKR PLN QAR RON RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR"
)
CURRENCIES = {
    "us dollar": "USD", "dollar": "USD", "euro": "EUR", "pound sterling": "GBP", "british pound": "GBP", "pound": "GBP",
    "japanese yen": "JPY", "yen": "JPY", "yuan": "CNY", "rmb": "CNY", "renminbi": "CNY", "swiss franc": "CHF",
    "rupee": "INR", "canadian dollar": "CAD", "australian dollar": "AUD", "norwegian krone": "NOK", "zloty": "PLN",
    "swedish krona": "SEK", "danish krone": "DKK",
    "norwegian kroner": "NOK", "swedish kronor": "SEK", "danish kroner": "DKK", "won": "KRW", "baht": "THB", "shekel": "ILS", "real": "BRL",
    "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR",
}  # fmt: skip
COUNTED = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12,
}  # fmt: skip
_NO_NAMES = ACTIONS | ACTIONS_OR_NOUNS | STOP | listed("i'm i'd i'll i've ok url api sms pdf http sql am pm id don't")
_FIRST_WORD = re.compile(r"([\w'-]+)(?: |$)")
_OWNED = re.compile(r"['\u2019]s?$")

_TIME_ZONES = "Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Etc|Europe|Indian|Pacific"
"""The areas of the tz database: behind one of them a slash parts no two names."""
_NUMERALS = (
    "one|"
    + "|".join(COUNTED)
    + "|(?:thir|four|fif|six|seven|eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundreds?"
    "|thousands?|millions?|billions?|trillions?|mn|bn|dozens?|half|quarter"
)
_NUMBER = re.compile(
    r"(?<![\w.-])(?<!\d[,' ])-?(?!\d{1,3}\.\d{3}(?!\d))\d+(?:,\d{3})*(?:\.\d+)?(?!\w|[.,']\d| \d{3}\b)"
    rf"(?! ?(?:and (?:an? )?(?:half|quarter|third)|(?:and )?(?:{_NUMERALS}))\b)|"
    rf"\b(?:{_NUMERALS})(?:[ -](?:and )?(?:an? )?(?:{_NUMERALS}))*\b",
    re.IGNORECASE,
)
"""Written in one way only: "1.250" is a thousand to some and one to others, and "five hundred" is not five."""
_CURRENCY_WORDS = "|".join(re.escape(word) for word in CURRENCIES if word.isascii() and word != "$")

_OPERATOR = r" [-/:] | ?[+*^] ?| (?:x|plus|minus|times|multiplied by|divided by) "

# The order matters: what an earlier pattern found is hidden from the later ones.
_PATTERNS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("quoted", re.compile(r"(?<![$\w])\{(?:\s*\}|\s*\"(?:[^{}]|\{[^{}]*\}){1,4000}\})|"
                          r"(?<=body )\[[^\[\]\n]{1,4000}\]|\"([^\"\n]+)\"|`([^`\n]+)`|"
                          r"(?<![\w'])'([^\n]{1,4000}?)'(?!\w)")),
    ("statement", re.compile(r"\bSELECT\b[^;\n]{1,2000}?\bFROM\b[^;\n]{1,2000}?(?=;|\.?\s*(?:\n|$)|,? (?:and|"
                             r"then) [a-z])")),
    ("url", re.compile(r"\b[a-z][a-z0-9+.-]{1,15}://[^\s\"<>|^`]+|\bwww\.[^\s\"<>|^`]+", re.IGNORECASE)),
    ("secret", REDACTED),
    ("email", re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")),
    ("url", re.compile(rf"(?<![\w@./-])(?:[a-z0-9-]+\.)+(?:{_COMMON_DOMAINS})\b(?:/[^\s\"<>|^`]*)?", re.IGNORECASE)),
    ("path", re.compile(
        rf"(?<![\w/])(?:[a-z]:[\\/]|~?/|\.{{1,2}}/)[\w.\\/-]+[\w]|"
        rf"(?<![\w/.])(?:[\w-]{{1,99}}/){{0,20}}[\w][\w.-]{{0,99}}\.(?:{_SUFFIXES})\b",
        re.IGNORECASE)),
    ("name", re.compile(rf"(?<![\w/])(?:{_TIME_ZONES})/[A-Z][\w+-]{{0,30}}(?:/[A-Z][\w+-]{{0,30}})?")),
    ("channel", re.compile(r"(?<![\w&])#[\w-]*[a-z][\w-]*|\b(?:the |our |my )?([\w-]+) channel\b", re.IGNORECASE)),
    ("phone", re.compile(r"\+\d[\d ().-]{5,18}\d|(?<![\w-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])")),
    ("day", re.compile(rf"(?<![\w-])(?:{_DAY})(?![\w-])", re.IGNORECASE)),
    ("time", re.compile(rf"(?<![\w.:-])(?:{_TIME})", re.IGNORECASE)),
    ("formula", re.compile(
        r"(?<![\w.])[-(]*\d[\d.,]*(?:(?: ?%| percent) (?:of|off) \$?\d[\d.,]*\b|"
        rf"(?: ?\)?(?:{_OPERATOR})[-(]*\d[\d.,]*\b%?\)*)+)",
        re.IGNORECASE)),
    ("currency", re.compile(rf"\b(?:{CODES.replace(' ', '|')})\b|(?i:\b(?:{_CURRENCY_WORDS})s?\b)|[$€£¥₹]")),
    ("name", re.compile(r"\b(?:Room|Building|Suite|Floor|Hall|Gate|Terminal|Platform) \d+\w?\b")),
    ("number", _NUMBER),
    ("language", re.compile(
        rf"\b(?:{LANGUAGES.replace(' ', '|')})\b|(?:(?<=\bto )|(?<=into )|(?<=from )|"
        rf"(?<=\bin ))(?i:{LANGUAGES.replace(' ', '|')})\b")),
    ("name", re.compile(r"(?<![\w'])[A-ZÀ-ÖØ-Þ][\w'-]*(?:(?: de| da| del| of the| of)? [A-ZÀ-ÖØ-Þ][\w'-]*){0,5}")),
)  # fmt: skip


def values_in(text: str) -> tuple[Value, ...]:
    """What `text` names, in its order, no two overlapping."""
    found: list[Value] = []
    hidden = plain(text)
    for kind, pattern in _PATTERNS:
        now = [value for match in pattern.finditer(hidden) if (value := _value(kind, match, text)) is not None]
        found += now
        hidden = _hide(hidden, now)
    statements = [value for value in found if value.kind == "statement"]
    apart = [value for value in found if not any(_is_part(value, whole) for whole in statements)]
    return tuple(sorted(apart, key=lambda value: value.start))


def _is_part(value: Value, whole: Value) -> bool:
    """What a statement for a database quotes is part of the statement."""
    return value is not whole and whole.start <= value.start and value.end <= whole.end


def _hide(text: str, values: list[Value]) -> str:
    parts, at = [], 0
    for value in values:
        parts += [text[at : value.start], "\0" * (value.end - value.start)]
        at = value.end
    return "".join([*parts, text[at:]])


def _value(kind: Kind, match: re.Match[str], written: str) -> Value | None:
    start, end = match.span()
    text = written[start:end]
    match kind:
        case "quoted":
            if text[0] in "{[":  # a body in JSON, which is taken as it stands
                return Value(kind, start, end, text)
            inner = text[1:-1]
            return Value(_kind_of_quoted(inner), start, end, inner)
        case "channel":
            return Value(kind, start, end, match[1] or text) if match[1] not in STOP else None
        case "url":
            text = _without_punctuation(text)
            return Value(kind, start, start + len(text), text if "://" in text else f"https://{text}")
        case "number":
            number = _number(text)
            return None if number is None else Value(kind, start, end, number)
        case "currency":
            name = text.lower()
            return Value(kind, start, end, CURRENCIES.get(name) or CURRENCIES.get(name.removesuffix("s")) or text)
        case "language":
            return Value(kind, start, end, text.capitalize())
        case "name":
            return _name(start, text)
        case _:
            return Value(kind, start, end, text)


def _name(start: int, text: str) -> Value | None:
    """Without the verb or pronoun at a sentence's beginning, which is written large as well."""
    while (first := _FIRST_WORD.match(text)) and first[1].lower() in _NO_NAMES:
        start, text = start + first.end(), text[first.end() :]
    text = _OWNED.sub("", text)
    return Value("name", start, start + len(text), text) if text else None


def _kind_of_quoted(inner: str) -> Kind:
    """An address in quotes is an address."""
    for kind, pattern in _PATTERNS:
        if kind in _ADDRESSES and pattern.fullmatch(inner):
            return kind
    return "quoted"


def _without_punctuation(url: str) -> str:
    """The end of a sentence, and a bracket that was opened before the address, are not part of it."""
    while url and (
        url[-1] in ".,;:!?'*" or (url[-1] in ")]}" and url.count(url[-1]) > url.count("([{"[")]}".index(url[-1])]))
    ):
        url = url[:-1]
    return url


def _number(text: str) -> int | float | None:
    """None for number words that are not on the list."""
    digits = text.replace(",", "").lower()
    if not digits[-1].isdigit():
        return COUNTED.get(digits)
    return float(digits) if "." in digits else int(digits)
