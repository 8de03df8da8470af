"""Shapes of texts that no wording tells: characters that hide, words over and over, examples with the last one open."""

import re
from itertools import islice

from planfold.domain.inspection.injections.prompting import QUESTION, QUESTION_IN_ENGLISH

_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]{1,7}\U000e007f")
_HIDDEN_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("holds invisible tag characters", re.compile("[\U000e0000-\U000e007f]")),
    ("holds data in variation selectors", re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{3}")),
    ("splits words by invisible characters", re.compile("[A-Za-z][\u200b\u2060\ufeff\u180e\u200c\u200d]+[A-Za-z]")),
    ("holds a run of invisible characters", re.compile("[\u200b-\u200d\u2060-\u2064\ufeff]{4}")),
    ("reverses the order of its letters", re.compile("[\u202d\u202e]")),
)
_ISOLATES = re.compile("[\u202a\u202b\u2066\u2067\u2068]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")

_REPEATED_WORDS = 8
_LONGEST_PERIOD = 8
_WORDS_READ = 2_000
_WORD = re.compile(r"\w+")
_ANSWER = re.compile(r"(?:^| )(?:a|answer|assistant|bot|output|r|antwort|respuesta|risposta|réponse|ответ) ?: ")
_ASKED = re.compile(r"(?:^| )(?:q|question|user|human|input|frage|pregunta|domanda|вопрос) ?: ")
_SPEAKS_LAST = re.compile(r" (?:assistant|bot|ai|a|answer|output) ?:$")


_SENTENCE_ENDS = re.compile(r"[.!?:] ")
_ASKS = re.compile(rf"\b(?:{QUESTION}|{QUESTION_IN_ENGLISH})\b")
_LEADS_BACK = re.compile(
    r"\b(?:it|its|this|that|these|those|they|them|their|there|here|he|she|him|his|her|i|me|my|mine|we|us|our|you|your|else|"
    r"ich|mir|mich|mein\w{0,2}|wir|uns|unser\w{0,2}|sie|ihn|es|das|dies\w{0,2}|dafür|damit|je|nous|notre|mon|ma|mes|vous|votre|ça|cela|"
    r"mi|mis|nos|nuestr\w{1,2}|usted|esto|eso|meu|minha|isso|isto|nosso|mio|mia|questo|quello|nostro|ci|я|мне|мой|мы|нам|это|вы)\b"
)
_SPEAKS_OF_ITSELF = re.compile(r"\b(?:i|me|my|we|us|our)\b")
_SENTENCE = re.compile(r"[^.!?]{1,1000}[.!?]?")
_QUESTIONS_IN_A_ROW = 3
_WORDS_BEFORE = 8
_WORDS_IN_QUESTION = 5
_STEM = 5


def hidden(text: str) -> str | None:
    """What its characters hide, said of it."""
    shown = _FLAG.sub("", text)
    for what, pattern in _HIDDEN_FORMS:
        if pattern.search(shown):
            return what
    if _ISOLATES.search(shown) and not _RIGHT_TO_LEFT.search(shown):
        return "changes the direction of its letters, but has none that run from right to left"
    return None


def misshapen(folded: str) -> str | None:
    """What a memory or a description is shaped like that tells no fact."""
    if _leaves_the_last_open(folded):
        return "shows examples and leaves the last one open"
    if _only_asks(folded):
        return "asks question after question and tells nothing"
    if _ends_in_a_question_of_its_own(folded):
        return "ends in a question that nothing before leads to"
    return "says the same words over and over" if _repeats(folded) else None


def _only_asks(folded: str) -> bool:
    """Whether three sentences or more are all questions."""
    sentences = [match[0] for match in _SENTENCE.finditer(folded)]
    return len(sentences) >= _QUESTIONS_IN_A_ROW and all(
        sentence.endswith("?") and not _SPEAKS_OF_ITSELF.search(sentence) for sentence in sentences
    )


def _ends_in_a_question_of_its_own(folded: str) -> bool:
    """Whether the last sentence asks, and neither a word nor a pronoun in it goes back to what stands before."""
    if not folded.endswith("?"):
        return False
    starts = [match.end() for match in _SENTENCE_ENDS.finditer(folded)]
    if not starts:
        return False
    before, last = _WORD.findall(folded[: starts[-1]]), folded[starts[-1] :]
    asked = _WORD.findall(last)
    if len(before) < _WORDS_BEFORE or len(asked) < _WORDS_IN_QUESTION or _LEADS_BACK.search(last):
        return False
    stems = {word[:_STEM] for word in before if len(word) >= _STEM}
    return bool(_ASKS.search(last)) and not any(word[:_STEM] in stems for word in asked if len(word) >= _STEM)


def _leaves_the_last_open(folded: str) -> bool:
    answers = [match.end() for match in islice(_ANSWER.finditer(folded), 1_000)]
    asked = [match.end() for match in islice(_ASKED.finditer(folded), 1_000)]
    if not asked:
        return False
    if _SPEAKS_LAST.search(folded):
        return True
    return bool(answers) and asked[0] < answers[-1] and (answers[-1] < asked[-1] or folded.endswith("?"))


def _repeats(folded: str) -> bool:
    """Whether some words stand there eight times in a row."""
    words = [match[0] for match in islice(_WORD.finditer(folded), _WORDS_READ)]
    for period in range(1, _LONGEST_PERIOD + 1):
        run = 0
        for one, other in zip(words, words[period:], strict=False):
            run = run + 1 if one == other and not one.isdigit() else 0
            if run >= (_REPEATED_WORDS - 1) * period:
                return True
    return False
