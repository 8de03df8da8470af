"""The English that the offline planner knows: word lists, and one stem for the forms of a word."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
SHORT = 100
"""Characters of a text whose words are worth keeping: the names of skills, parameters and fields."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PHRASES = tuple(
    (re.compile(pattern, re.IGNORECASE), word)
    for pattern, word in (
        (r"\be-mail", "email"), (r"\bto-do\b", "todo"), (r"\b(?:log|sign)(?:ging|ged|s)?[\s-]+(?:in|on)(?:to)?\b", "login"),
        (r"\blook(?:ing|ed|s)?[\s-]+up\b", "lookup"), (r"\bcheck[ -]in\b", "checkin"), (r"\bcheck[ -]out\b", "checkout"),
        (r"\bset(?:ting)?[ -]up\b", "setup"), (r"\bsum(?:ming|s)?[ -]up\b", "summarize"),
        (r"\b(?:get(?:ting)? rid of|throw(?:ing)? away)\b", "delete"),
    )
)  # fmt: skip


_PLAIN = str.maketrans("\u2018\u2019\u201c\u201d\u00ab\u00bb\u2013\u2014\u00d7\u00f7\u00a0", '\'\'""""--*/ ')


def plain(text: str) -> str:
    """As typewriters wrote: straight quotes and dashes, every character in its place."""
    return text.translate(_PLAIN)


def listed(text: str) -> frozenset[str]:
    """The words of a list written as people read one."""
    return frozenset(text.split())


# Carry no meaning of their own when a clause is compared with a skill.
STOP = listed(
    "a an the this that these those it its them they he she his her my our your their me us i we you and or of in on "
    "at to for from by with as am is are was were be been being do does did can could would should will shall may might "
    "must there here what which who whom whose when where how why please also then just so if not no any all some "
    "each every about into onto over under than too very more most much many only own same such other up out off "
    "again once want need like help let make sure know have has had got one two"
)

# Undo or change what is there: no skill does them that does not speak of them. To create a ticket is not to close one.
CHANGES = listed(
    "add append approve assign cancel delete edit erase insert merge modify move pause reject remove rename "
    "reschedule resume unlock unsubscribe withdraw"
)
CHANGES_OR_NOUNS = listed(
    "abort alter amend archive block change clear close comment copy decline delay destroy draft disable discard "
    "disconnect dismiss drop end leave lock mark postpone purge reassign reopen replace resolve restore revert "
    "revoke rollback snooze stop undo update wipe"
)

# Starts a request after "and" whatever follows: hardly ever nouns.
ACTIONS = CHANGES | listed(
    "accept adjust analyse analyze announce apply arrange ask attach bring browse build buy calculate check choose "
    "classify collect combine compare compile complete compose compress compute conduct configure confirm connect "
    "contact convert create decide deliver describe design detect determine discover dispatch download e-mail "
    "enable encrypt enroll ensure establish evaluate examine execute explain export extract fetch filter find fix "
    "generate get give grab identify import increase inform inquire inspect install invite keep launch locate log "
    "make measure monitor notify obtain open organise organize paraphrase parse pay pick play predict prepare "
    "present produce provide publish purchase put read recommend redact reduce register remind render repay reply "
    "reserve resize respond retrieve rewrite save scan scrape search select sell send set share show sort store "
    "submit subscribe suggest summarise summarize take tell transcribe transfer translate turn upgrade upload use "
    "validate verify visit write"
)

# Verb or noun: starts a request only if what follows looks like its object.
ACTIONS_OR_NOUNS = CHANGES_OR_NOUNS | listed(
    "alert answer avoid back book call chart chat click cost count display document draw email exchange file "
    "forecast google graph handle highlight issue label let list load look mail map message name note number order "
    "outline patch pin ping plan plot post print process query quote rate record refund rent repair repeat report "
    "request research reset return review run schedule score ship sign split start state sum summary switch tag "
    "test text track tweet view wait watch"
)

# May stand between a verb of the list above and its object.
OBJECT_STARTS = listed(
    "a an the this that these those it its them him her me us my our your their his all any each every some both for "
    "to on about up out back whether how what everyone everybody someone"
)

# What a verb says when it says little: it alone does not show that a skill fits.
GENERIC = listed(
    "get give make do use take put set create add show have send check provide perform run start manage handle "
    "new tool service information info system data details detail result results return"
)

# Said to the planner, not of the task. They may be repeated at the beginning of a request.
POLITE = re.compile(
    r"(?:(?:please|kindly|immediately|hey|hi|hello|so|now|first|firstly|second|secondly|also|next|finally|lastly|then|and|but"
    r"|additionally|furthermore|moreover|meanwhile|afterwards|after th(?:at|is)(?! is| has)|in addition|at the same time)\b[\s,:]*"
    r"|(?:can|could|would|will) you\b[\s,]*|i(?:'d| would) (?:like|love)(?: you)?(?: to)?\b\s*"
    r"|(?:i (?:now |also |just |only )*)?(?:want|need|wish|have|hope|plan)(?: you)? to\b\s*"
    r"|(?:i|we) (?:now |also |just )*(?:want|need)\b\s*"
    r"|(?:can|could|may) (?:i|we) (?:get|have|see)\b\s*|(?:help|assist) (?:me|us)\b(?: (?:to|with|in)\b)?\s*|let's\b\s*|make sure (?:to|you)\b\s*|go ahead and\b\s*|(?:don't|do not) (?:forget|hesitate) to\b\s*"
    r"|i'm looking for\b\s*|i am looking for\b\s*|your (?:task|job) is to\b\s*)+",
    re.IGNORECASE,
)

# "Tell me X" asks for X; what the run finds goes back to whoever set the goal anyway.
TELL = re.compile(
    r"(?:tell|show|inform|notify|give|let|send) (?:me|us)(?: know)?\b(?: (?:of|about)\b)?[\s,:]*|report back\b\s*|find out\b\s*"
    r"|(?:i|we)(?:'d| would)? (?:also )?(?:like|want|need|wish) to (?:know|see)\b\s*",
    re.IGNORECASE,
)

# Words for one another as far as skills are concerned; each group is a line.
_ALIKE = """
fetch get retrieve download load obtain grab pull scrape
search find seek google lookup look
inquire enquire query check ask view
email mail
send deliver dispatch forward post ship
parcel package
post publish share announce
message notify tell let inform chat text
summarize condense shorten recap digest abridge
translate translation
save store write export put
read open load
delete remove erase drop destroy
cancel revoke
create make generate add build compose draft new
book reserve schedule arrange
reserve reservation
change modify update edit adjust amend alter reschedule
buy purchase order
convert exchange conversion
remind reminder alert
calculate compute work
weather forecast temperature rain sunny
image picture photo illustration drawing draw paint
ticket issue bug
calendar agenda event meeting appointment
transcribe transcript transcription
analyze analysis examine evaluate
database db sql table
web internet online
recommend suggest recommendation suggestion
pay payment repay repayment
flight plane airline
extract parse pull
file document
record transaction
amend correct fix repair
"""

_SUFFIXES = (
    ("isations", ""), ("izations", ""), ("isation", ""), ("ization", ""), ("ising", ""), ("izing", ""), ("ised", ""),
    ("ized", ""), ("iser", ""), ("izer", ""), ("ises", ""), ("izes", ""), ("ise", ""), ("ize", ""), ("ations", ""),
    ("ation", ""), ("ating", ""), ("ated", ""), ("ates", ""), ("ate", ""), ("ings", ""), ("ing", ""), ("ions", ""),
    ("ion", ""), ("ments", ""), ("ment", ""), ("ies", ""), ("ied", ""), ("ed", ""), ("ers", ""), ("er", ""), ("es", ""),
    ("sis", "s"), ("zes", "s"), ("ze", "s"), ("y", ""), ("e", ""), ("s", ""),
)  # fmt: skip
_SHORTEST = {"er": 5, "ers": 5, "ion": 4, "ions": 4, "ate": 5, "ates": 5, "ment": 4, "ments": 4, "s": 2, "e": 2}
_SHORTEST |= dict.fromkeys(("ation", "ations", "ating", "ated"), 4)
_WHOLE = frozenset({"news"})
_KEPT = ("ss", "us", "is")


def words(text: str) -> list[str]:
    """The words of `text` in lower case; names such as `getWeather` and `get_weather` taken apart, "log in" joined."""
    return list(_short_words(text) if len(text) <= SHORT else _words(text))


def _words(text: str) -> tuple[str, ...]:
    joined = plain(text)
    for pattern, word in _PHRASES:
        joined = pattern.sub(word, joined)
    return tuple(word.lower() for word in WORD.findall(_CAMEL.sub(" ", unicodedata.normalize("NFKC", joined))))


_short_words = lru_cache(maxsize=16_384)(_words)


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """One form for the forms of an English word; need not be a word itself."""
    bare = word.removesuffix("'s")
    if bare in _WHOLE:
        return bare
    for suffix, end in _SUFFIXES:
        if bare.endswith(suffix) and len(bare) - len(suffix) >= _SHORTEST.get(suffix, 3):
            if suffix == "s" and bare.endswith(_KEPT):
                return bare
            bare = bare[: -len(suffix)] + end
            break
    twice = len(bare) > 3 and bare[-1] == bare[-2] and bare[-1] not in "aeiousl"  # noqa: PLR2004 - "shipping", not "add"
    return bare[:-1] if twice or bare.endswith("ll") else bare


def stemmed(text: str) -> frozenset[str]:
    """The stems of the words of a list."""
    return frozenset(map(stem, text.split()))


def stems(text: str) -> list[str]:
    """The stems of the words that carry meaning, in order."""
    return [stem(word) for word in words(text) if word.partition("'")[0] not in STOP]


def _alike() -> Iterator[tuple[str, frozenset[str]]]:
    groups = [frozenset(map(stem, listed(line))) for line in _ALIKE.strip().splitlines()]
    for word in frozenset().union(*groups):
        yield word, frozenset().union(*(group for group in groups if word in group)) - {word}


ALIKE = dict(_alike())
"""Stems that may stand for a stem."""

GENERIC_STEMS = frozenset(map(stem, GENERIC))
CHANGE_STEMS = frozenset(map(stem, CHANGES | CHANGES_OR_NOUNS))
ACTION_STEMS = frozenset(map(stem, ACTIONS | ACTIONS_OR_NOUNS))
