"""A goal taken apart into what it asks for, one clause for each request, in the order in which they are to be done."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, zip_longest
from types import MappingProxyType
from typing import Literal, NamedTuple

from planfold.infrastructure.planners.offline.values import OPAQUE, Value
from planfold.infrastructure.planners.offline.words import (
    ACTION_STEMS,
    ACTIONS,
    ACTIONS_OR_NOUNS,
    OBJECT_STARTS,
    POLITE,
    STOP,
    TELL,
    listed,
    stem,
)

ClauseKind = Literal["request", "statement", "exclusion"]
Verbs = Mapping[str, Collection[str]]
"""The first words of the names of skills, and the stems of the words that follow each."""


@dataclass(frozen=True)
class Clause:
    """`goal[start:end]` is what the request is about, its verb and polite words left out.

    A statement only gives facts ("my number is 12"); an exclusion says what not to do, and nothing is taken from it.
    `then` says that it waits for the clause before, `told` that it asks to be told something; `lead` is the word that
    subordinates it, and an `aside` was subordinated to another. `shares` says that it has its object from the next clause, as in "find and book a flight".
    """

    kind: ClauseKind
    text: str
    verb: str
    start: int
    end: int
    then: bool = False
    told: bool = False
    lead: str = ""
    shares: bool = False
    aside: bool = False


class _Token(NamedTuple):
    text: str
    start: int
    end: int
    plain: bool
    capital: bool = False


class _Cut(NamedTuple):
    """A clause begins at token `begin`, `joined` by these words to the one that ends before token `end`."""

    end: int
    begin: int
    joined: frozenset[str]


_TOKEN = re.compile(r"\w+(?:['-]\w+)*|[^\w\s]|\n")
_ABBREVIATED = listed("mr mrs ms dr st no vs etc approx inc ltd eg ie")
_SEQUENCE = listed("then next finally lastly afterwards subsequently thereafter before")
_JOINERS = (
    _SEQUENCE - {"before"}
    | listed(", ; - and & also plus but while immediately additionally furthermore directly simultaneously")
    | {"\n", "*"}
)
_HARD = listed(", ; - and & then plus but") | {"\n"}
_SENTENCE_ENDS = frozenset(".!?;\n")
_SUBJECTS = listed("help i i'd i'm i'll we we'd please can could would let's kindly don't never")

_PARTS = listed("text message note name label")
"""Of a message or a record: "with subject 'Hello' and text 'See you'" asks for one thing."""
_TOWARDS = listed("to in into on at from as")
_WISHES = {
    "do": ("not", "a", "an"),
    "no": ("need",),
    "need": ("to",),
    "want": ("to",),
    "wish": ("to",),
    "hope": ("to",),
}

_LISTED = re.compile(r"(?:[-*•]|\d{1,2}[.)]|step \d+:?)\s+", re.IGNORECASE)
_SUBORDINATE = re.compile(
    r"(?:once|after|when|as soon as|before|by|while) "
    r"(?:(?:you|we|i)(?:'ve| have)?\b ?|(?:it|that|this) (?:is|has been)\b ?|(?=[\w-]+ing\b))",
    re.IGNORECASE,
)
_EXCLUSION = re.compile(r"(?:but )?(?:do not|don't|never|without|no need to|rather than|instead of)\b", re.IGNORECASE)
QUESTION = re.compile(
    r"(?:what|what's|who|where|when|which|how|is|are|does|do|did|has|have|will|am|should)\b", re.IGNORECASE
)
_ASKED = re.compile(r"\b(?:want|need|like|love|wish|hope|you|help|assist|me|us|looking)\b", re.IGNORECASE)
_SEQUENCED = re.compile(r"\b(?:then|next|finally|lastly|afterwards|after that|after this)\b", re.IGNORECASE)
_STATED = re.compile(
    r"[\w'-]+(?: (?!what|who|which|where|when|how|that|it)[\w'-]+){1,3} (?:is|are|was|were)\b", re.IGNORECASE
)
# A word that is on no list, but has an object as verbs do: "defrost the fridge". Better an unknown deed than a lost one.
_DEED = re.compile(
    rf"do an?\b|(?!(?:{'|'.join(sorted(STOP))}|later|thanks?|maybe|perhaps|even|half|during|until|till|versus|per|via|without|within"
    r"|inside|outside|above|below|like|unless|because|since|though|although|except|besides|whereas|today|tomorrow)\b"
    r"|\w+(?:ly|[^s]s)\b|\w{3,}(?:ing|ed)\b)"
    r"[a-z]{3,} (?:a|an|the|my|our|your|his|her|their|it|them|me|us)\b",
    re.IGNORECASE,
)
_HEAD = re.compile(r"[\w'-]+")


def clauses_of(goal: str, values: Sequence[Value], verbs: Verbs = MappingProxyType({})) -> tuple[Clause, ...]:
    """The clauses in the order of their doing."""
    tokens = list(_tokens(goal, [value for value in values if value.kind in OPAQUE]))
    cuts = [_Cut(0, 0, frozenset()), *_cuts(tokens, verbs)]
    found: list[Clause] = []
    then = False
    for cut, end in zip(cuts, [*(cut.end for cut in cuts[1:]), len(tokens)], strict=True):
        if cut.begin < end:
            clause = _clause(goal, tokens[cut.begin : end], cut.joined, verbs)
            if any(map(str.isalpha, clause.text)):
                _place(replace(clause, then=clause.then or then), found)
                then = False
            else:  # "After that," alone, or the number of a list
                then = then or clause.then
    return tuple(_with_objects(goal, found))


def _tokens(goal: str, opaque: Sequence[Value]) -> Iterator[_Token]:
    at = 0
    for value in [*opaque, None]:
        for found in _TOKEN.finditer(goal, at, value.start if value else len(goal)):
            word = found[0].lower()
            yield _Token(word, found.start(), found.end(), plain=True, capital=found[0][0].isupper())
        if value:
            yield _Token(goal[value.start : value.end], value.start, value.end, plain=False)
            at = value.end


def _cuts(tokens: Sequence[_Token], verbs: Verbs) -> Iterator[_Cut]:
    index = 0
    while index < len(tokens):
        end, joined = index, set()
        ended = _ends_sentence(tokens, index)
        if ended:
            index += 1
        while index < len(tokens) and tokens[index].plain and tokens[index].text in _JOINERS:
            joined.add(tokens[index].text)
            index += 1
        if index < len(tokens) and (ended or (joined & _HARD and _starts_request(tokens, index, verbs))):
            yield _Cut(end, index, frozenset(joined))
        elif index < len(tokens) and end == index and index > 0 and _starts_subordinate(tokens, index):
            yield _Cut(index, index, frozenset({tokens[index].text}))
        index = max(index, end + 1)


def _ends_sentence(tokens: Sequence[_Token], index: int) -> bool:
    token = tokens[index]
    if not token.plain or token.text not in _SENTENCE_ENDS:
        return False
    apart = index + 1 == len(tokens) or tokens[index + 1].start > token.end
    before = tokens[index - 1].text if index else ""
    return token.text == "\n" or (apart and before not in _ABBREVIATED and not (len(before) == 1 and before.isalpha()))


def _starts_request(tokens: Sequence[_Token], index: int, verbs: Verbs) -> bool:
    token = tokens[index]
    if not token.plain:
        return False
    if token.text in ACTIONS or token.text in _SUBJECTS:
        return True
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if token.text in _WISHES:
        return following is not None and following.text in _WISHES[token.text]
    if token.text not in ACTIONS_OR_NOUNS and token.text not in verbs:
        return following is not None and _DEED.match(f"{token.text} {following.text}") is not None
    return (
        following is None
        or (not following.plain and token.text not in _PARTS)
        or following.capital
        or following.text in OBJECT_STARTS
        or following.text[0].isdigit()
        or stem(following.text) in verbs.get(token.text, ())
        or any(not token.plain and before.text in _TOWARDS for before, token in pairwise(tokens[index + 1 : index + 6]))
    )


def _starts_subordinate(tokens: Sequence[_Token], index: int) -> bool:
    """Whether it goes on with "after fetching it", "before e-mailing it", "without sending it"."""
    if tokens[index].text not in ("after", "before", "without") or index + 1 == len(tokens):
        return False
    following = tokens[index + 1].text
    return following.endswith("ing") and stem(following.replace("-", "")) in ACTION_STEMS


def _clause(goal: str, tokens: Sequence[_Token], joined: frozenset[str], verbs: Verbs) -> Clause:
    start, said, lead = _opening(goal, tokens[0].start, tokens[-1].end)
    lead = lead or next(iter(joined & {"after", "before"}), "")
    then = bool(joined & _SEQUENCE) or bool(_SEQUENCED.search(said))
    text = goal[start : tokens[-1].end]
    asked = not lead and (text.endswith("?") or bool(_ASKED.search(said) or TELL.search(said)))
    text = text.rstrip(" ,;.!?\n")
    end = start + len(text)
    if _EXCLUSION.match(text) or "without" in joined:
        return Clause("exclusion", text, "", start, end)
    if not tokens[0].plain and text.startswith("SELECT"):
        return Clause("request", text, "", start, end, then)
    head = _HEAD.match(text)
    verb = head[0].lower() if head and not _STATED.match(text) else ""
    known = stem(verb.replace("-", "")) in ACTION_STEMS or verb in verbs or _DEED.match(text)
    if not verb or not known or (verb.endswith("ing") and not lead):
        kind: ClauseKind = "request" if asked or (QUESTION.match(text) and not lead) else "statement"
        return Clause(kind, text, "", start, end, then, bool(TELL.search(said)), lead)
    return Clause("request", text, verb, start + len(verb), end, then, bool(TELL.search(said)), lead, aside=bool(lead))


def _opening(goal: str, start: int, end: int) -> tuple[int, str, str]:
    """Where the polite and subordinating words end, what they were, and the subordinating one."""
    begin, lead = start, ""
    for pattern in (_LISTED, POLITE, _SUBORDINATE, POLITE, TELL, POLITE):
        if found := pattern.match(goal, start, end):
            start = found.end()
            lead = found[0].split()[0].lower() if pattern is _SUBORDINATE else lead
    return start, goal[begin:start], lead


def _place(clause: Clause, before: list[Clause]) -> None:
    """Append it; "a after b" and "before a, b" both do b first, and the second waits for the first."""
    if before and clause.kind == "request" == before[-1].kind:
        if clause.lead == "after" or before[-1].lead == "before":
            later = replace(before.pop(), then=True)
            before += [clause, later]
            return
        if clause.lead == "before" or before[-1].lead:
            clause = replace(clause, then=True)
    before.append(clause)


def _with_objects(goal: str, clauses: Sequence[Clause]) -> Iterator[Clause]:
    """A verb without an object has that of the next clause: "find and book a flight"."""
    for clause, following in zip_longest(clauses, clauses[1:]):
        bare = clause.kind == "request" and clause.verb and not goal[clause.start : clause.end].strip()
        if bare and following is not None and following.kind == "request":
            if following.verb:
                rest = goal[following.start : following.end]
                yield replace(
                    clause, text=f"{clause.text}{rest}", start=following.start, end=following.end, shares=True
                )
            elif not following.told:  # "check and tell me the price" asks once
                yield clause
        else:
            yield clause
