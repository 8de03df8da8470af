"""Secrets are replaced before anything is recorded: by their shape, by what stands before them, or by their name.

In a text a secret becomes `[redacted:kind]`; in JSON the whole string that holds one becomes `{"$redacted": kind}`.
Redacting twice is redacting once. References `${...}` and placeholders are no secrets.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pydantic import JsonValue

from planfold.domain.secret_numbers import secret_numbers
from planfold.domain.secret_shapes import SHAPES

REDACTED_NAME = "$redacted"
REDACTED = re.compile(r"\[redacted:([a-z0-9_]{1,40})\]")


class _Found(NamedTuple):
    start: int
    end: int
    kind: str


def redact_text(text: str) -> str:
    """`text` with each secret replaced by `[redacted:kind]`; a URL keeps its shape."""
    while found := _secrets(text):
        pieces, position = [], 0
        for start, end, kind in found:
            pieces += [text[position:start], f"[redacted:{kind}]"]
            position = end
        text = "".join(pieces) + text[position:]
    return text


def redact(value: JsonValue) -> JsonValue:
    """`value` with each string that holds a secret replaced by `{"$redacted": kind}`.

    A literal under a name like `password` or `api_key` counts as one. The nesting is that of a recordable value.
    """
    return _redact(value, "")


def secret_kind(value: JsonValue) -> str | None:
    """The kind of secret that stands, or stood before it was redacted, in this text or object; None if none does."""
    if isinstance(value, dict):
        kind = value.get(REDACTED_NAME)
        return kind if isinstance(kind, str) else None
    if not isinstance(value, str):
        return None
    if "[redacted:" in value and (marked := REDACTED.search(value)):
        return marked[1]
    found = _secrets(value)
    return found[0].kind if found else None


def _redact(value: JsonValue, name: str) -> JsonValue:
    match value:
        case dict():
            return value if _is_redacted(value) else _redact_object(value)
        case list():
            return [_redact(item, name) for item in value]
        case str():
            found = _secrets(value)
            kind = found[0].kind if found else _kind_under(name, value)
            return value if kind is None else {REDACTED_NAME: kind}
        case int() if not isinstance(value, bool) and value >= _SMALLEST_PIN and _meaning(name) == "password":
            return {REDACTED_NAME: "password"}
        case _:
            return value


def _redact_object(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Names hold secrets too; two that become the same stay two."""
    result: dict[str, JsonValue] = {}
    for name, item in value.items():
        shown = unique = redact_text(name)
        while unique in result:
            unique += "'"
        result[unique] = _redact(item, shown)
    return result


def _is_redacted(value: dict[str, JsonValue]) -> bool:
    return len(value) == 1 and isinstance(value.get(REDACTED_NAME), str)


# By what stands before it

_BEFORE = ("pass", "pwd", "key", "token", "secret", "bearer", "authorization", "cookie", "://", "kennwort",
           "contrase", "senha", "wachtwoord", "\u043f\u0430\u0440\u043e\u043b\u044c", "\u5bc6\u7801", "\u5bc6\u78bc")  # fmt: skip
_DATABASES = frozenset({
    "amqp", "amqps", "clickhouse", "cockroachdb", "couchdb", "mariadb", "mongodb", "mssql", "mysql", "neo4j",
    "oracle", "postgres", "postgresql", "redis", "rediss", "sqlserver",
})  # fmt: skip

_UNBROKEN = re.compile(r"[A-Za-z0-9_/+=-]{15}|PRIVATE KEY")
"""What every shape holds; looked for first, since most texts have none."""
_URL_PASSWORD = re.compile(r"://[^\s/@:\"'<>]{0,100}:([^\s/?#\"'<>]{1,200})@")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9.-]{0,20}(?=(?:\+[A-Za-z0-9]{1,20})?\Z)")
_AUTHORIZATION = re.compile(
    r"(?i)(?<![a-z])authorization[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?:bearer|basic|token|apikey)\s{1,3}([a-z0-9._~+/=-]{8,}+)"
)
_BEARER = re.compile(r"(?i)(?<![a-z])bearer\s{1,3}([a-z0-9._~+/=-]{16,}+)")
_QUOTES = "\"'`\u201c\u2018"
_NAMES_OF_ONE = (
    "(?:password|passwd|passphrase|passcode|pwd|passwort|kennwort|mot de passe|contrase\u00f1a|contrasena|senha|wachtwoord"
    "|\u043f\u0430\u0440\u043e\u043b\u044c|\u5bc6\u7801|\u5bc6\u78bc)"
)
_PASSWORD_TOKEN = r"(?P<secret>[^\s\"'`\u2018\u2019\u201c\u201d&;,<>{}()\[\]$*]{3,128}+)"  # noqa: S105 - a pattern
_PASSWORD = re.compile(
    rf"(?i){_NAMES_OF_ONE}[\"']?(?:\s{{1,3}}(?:of|for|on|at)(?:\s{{1,3}}[\w.-]{{1,30}}){{1,5}}?(?=\s{{1,3}}(?:is|was)\b))?"
    r"\s{0,3}(?P<said>=|:|\uff1a|\uff1d|\u662f|\bis\b|\bwas\b|\bto\b|\blautet\b|\bist\b|\best\b|\bes\b)"
    rf"\s{{0,3}}(?P<quote>[{_QUOTES}])?{_PASSWORD_TOKEN}"
)
_BARE_PASSWORD = re.compile(rf"(?i){_NAMES_OF_ONE}\s{{1,3}}[{_QUOTES}]?{_PASSWORD_TOKEN}")
_PHRASE = re.compile(
    rf"(?i)(?:pass(?:phrase|code)|(?P<word>{_NAMES_OF_ONE}))[\"']?\s{{0,3}}(?P<said>=|:|\uff1a|\bis\b|\bwas\b)?\s{{0,3}}"
    r"(?:\"(?P<a>[^\"\n\[\]{}<>]{3,200})\"|\u201c(?P<b>[^\u201c\u201d\n\[\]{}<>]{3,200})\u201d"
    r"|(?<=\s)'(?P<c>[^\s'\[\]{}<>][^'\n\[\]{}<>]{1,198}[^\s'\[\]{}<>])'(?![\w\[]))"
)
_SECRET_HEX = re.compile(r"(?i)(?<![a-z])secret\s{1,3}([0-9a-f]{40,512}+)(?![a-z0-9])")
_COOKIE = re.compile(
    r"(?i)(?<![a-z])cookie[\"']?\s{0,3}[:=]\s{0,3}[\"']?"
    r"([\w.-]{1,64}=(?P<value>[^\s;,\"'`]{4,4096}+)(?:;\s?[\w.-]{1,64}=[^\s;,\"'`]{1,4096}+){0,50})"
)
_GENERIC = re.compile(
    r"(?i)(?<![a-z0-9_-])(?:[a-z]{1,20}[_-]){0,3}"
    r"(?:(?:api|access|secret|auth|client|private|signing|encryption|account|bot|refresh|session|id)[ _.-]?"
    r"(?:key|token|secret)|secret|token)[\"']?(?:\s{0,3}[:=]\s{0,3}|\s{1,3}is\s{1,3})[\"'`]?"
    r"(?P<secret>[a-z0-9_.+=~-]{16,}+)"
)
_PAGES = re.compile(r"(?i)page|next|cursor|continuation|sync|csrf|xsrf")


def _secrets(text: str) -> list[_Found]:
    """Where the secrets of `text` stand, in order, none overlapping another."""
    if len(text) < 6:  # noqa: PLR2004 - the shortest that is recognised is `pwd=abc`
        return []
    found: list[_Found] = []
    if _UNBROKEN.search(text):
        found = [
            _Found(*match.span(match.re.groups), kind)
            for kind, anchor, pattern in SHAPES
            if anchor in text
            for match in pattern.finditer(text)
        ]
    found += [_Found(*one) for one in secret_numbers(text)]
    folded = text.lower()
    if any(word in folded for word in _BEFORE):
        found += _by_context(text)
    found.sort(key=lambda one: (one.start, -one.end))
    apart: list[_Found] = []
    for one in found:
        if apart and one.start < apart[-1].end:
            apart[-1] = apart[-1]._replace(end=max(apart[-1].end, one.end))
        else:
            apart.append(one)
    return apart


def _by_context(text: str) -> Iterator[_Found]:
    for match in _URL_PASSWORD.finditer(text):
        if not _is_placeholder(match[1]):
            scheme = _SCHEME.search(text, max(0, match.start() - 40), match.start())
            kind = "database_url" if scheme and scheme[0].lower() in _DATABASES else "url_password"
            yield _Found(*match.span(1), kind)
    for pattern, kind in ((_AUTHORIZATION, "authorization"), (_BEARER, "bearer_token")):
        for match in pattern.finditer(text):
            if _is_opaque(match[1]) or (pattern is _AUTHORIZATION and not match[1][1:].islower()):
                yield _Found(*match.span(1), kind)
    for match in _PASSWORD.finditer(text):
        secret = match["secret"].rstrip(".!?:")
        if _is_password(secret, match["said"], bool(match["quote"]), text[match.end() : match.end() + 1]):
            yield _Found(match.start("secret"), match.start("secret") + len(secret), "password")
    yield from _by_other_context(text)
    for match in _GENERIC.finditer(text):
        secret = match["secret"].rstrip(".")
        if _is_opaque(secret) and not _PAGES.search(text, max(0, match.start() - 15), match.start("secret")):
            yield _Found(match.start("secret"), match.start("secret") + len(secret), "api_key")


def _by_other_context(text: str) -> Iterator[_Found]:
    for match in _BARE_PASSWORD.finditer(text):
        secret = match["secret"].rstrip(".!?:")
        if _is_bare_password(secret, text[match.end() : match.end() + 1]):
            yield _Found(match.start("secret"), match.start("secret") + len(secret), "password")
    for match in _PHRASE.finditer(text):
        group = match.lastgroup or "a"
        if (match["said"] or not match["word"]) and " " in match[group] and not _is_placeholder(match[group]):
            yield _Found(*match.span(group), "password")
    for match in _SECRET_HEX.finditer(text):
        yield _Found(*match.span(1), "api_key")
    for match in _COOKIE.finditer(text):
        if not _is_placeholder(match["value"]) and match["value"][:1] not in "<{$":
            yield _Found(*match.span(1), "cookie")


# By its name

_PASSWORD_NAMES = frozenset({"password", "passwd", "passphrase", "passcode", "pwd"})
_SECRET_ENDINGS = (
    "apikey", "accesskey", "accesstoken", "authkey", "authtoken", "bearertoken", "bottoken", "clientsecret",
    "encryptionkey", "idtoken", "privatekey", "refreshtoken", "secret", "secretkey", "sessiontoken", "signingkey",
    "token", "authorization", "credential", "credentials",
)  # fmt: skip
_KEY_ENDINGS = ("apikey", "accesskey", "clientsecret", "privatekey", "secretkey", "signingkey")
"""Under these names a word of letters alone is a secret too, if it is long."""
_SCHEMES = ("bearer ", "basic ", "token ", "apikey ")
_SMALLEST_PIN = 1_000
_LONG = 16


def _kind_under(name: str, text: str) -> str | None:
    meaning = _meaning(name)
    if meaning is None or _is_placeholder(text):
        return None
    if meaning == "password":
        return meaning
    bare = text[len(text.split(" ", 1)[0]) + 1 :] if text.lower().startswith(_SCHEMES) else text
    if bare is not text and not _is_placeholder(bare) and not bare.isalpha():
        return meaning
    if _meaning_is_key(name) and len(text) >= _LONG and text.isalnum():
        return meaning
    return meaning if _is_opaque(bare) else None


def _meaning_is_key(name: str) -> bool:
    return _folded(name).endswith(_KEY_ENDINGS)


def _folded(name: str) -> str:
    return "".join(char for char in name.lower() if char.isalnum())


def _meaning(name: str) -> str | None:
    """`password`, `authorization` or `api_key` if a value under this name is one."""
    folded = _folded(name)
    if folded.endswith(tuple(_PASSWORD_NAMES)):
        return "password"
    if not folded.endswith(_SECRET_ENDINGS) or _PAGES.search(folded):
        return None
    return "authorization" if folded.endswith("authorization") else "api_key"


# What is no literal secret

_PLACEHOLDER = re.compile(
    r"""(?isx)
    .*\$\{ .* | \$[a-z_][a-z0-9_]* | %[a-z_][a-z0-9_]*% | %s | %\([a-z_]+\)s | \{\{? .* | <[^<>]*> | \[.*\]
    | [*x\u2022.#_-]+ | (?:env|vault|secret|secrets|ssm|keyring|op|arn|file|ref|prompt):.* | /run/secrets/.*
    | (?:your|enter|insert|replace|change|todo|tbd|n/?a|example|dummy|redacted)(?:[\ _-].*|me|)
    | (?:my|the|some|a)[\ _-](?:[a-z]{1,20}[\ _-]){0,2}(?:password|token|secret|key|credentials?)
    | string | str | text | bytes | secretstr | password | passwd | pass | secret | token | required | optional
    | none | null | nil | true | false | yes | no | hidden | unset | undefined | empty | default | masked
    """
)
_CODE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|0x[0-9A-Fa-f]{40}", re.ASCII)
_ABOUT_PASSWORDS = re.compile(
    r"(?i)(?:base64|sha-?\d|md5|bcrypt|argon2|scrypt|pbkdf2|utf-?8|min|max|at-|case|non|one-|two|single|2fa|mfa|https?:)"
    r"|\d{4}-\d\d-\d\d|[^@]+@[^@]+\.[a-z]+\Z"
)
_NO_BARE_PASSWORD = re.compile(
    r"(?i)\d+(?:-[a-z]+)+|[a-z]{1,8}-?\d{1,2}|(?:aes|rsa|oauth|wpa|tls|ntlm)-?\d.*|[\d.,:/-]{0,5}"
)
"""`12-character`, `step2`, `AES-256`: what is said of passwords."""
_SHORTEST_BARE = 5
_SHORTEST_PASSWORD = 4
_SHORTEST_OPAQUE = 12


def _is_placeholder(text: str) -> bool:
    return not text.strip() or _PLACEHOLDER.fullmatch(text.strip()) is not None or "[redacted:" in text


def _is_opaque(text: str) -> bool:
    """Long, unbroken, letters and digits: what a person does not write by hand."""
    return (
        len(text) >= _SHORTEST_OPAQUE
        and " " not in text
        and any(char.isdigit() for char in text)
        and any(char.isalpha() for char in text)
        and not _is_placeholder(text)
        and not _CODE.fullmatch(text)
    )


def _is_password(secret: str, said: str, quoted: bool, after: str) -> bool:  # noqa: FBT001 - three facts of one match
    """Whether what follows "password =", "password:" or "password is" is one, and not a sentence about passwords."""
    if _is_placeholder(secret) or after in ("(", "[", "{", "$") or _CODE.fullmatch(secret):
        return False
    if secret.startswith(("/", "~/", "./")):  # what the command `pwd` prints
        return False
    said = said.lower()
    if said == "=" or quoted:
        return True
    if len(secret) < _SHORTEST_PASSWORD or _ABOUT_PASSWORDS.match(secret):
        return False
    marked = any(char in "!@#^~|+=?%" for char in secret)
    if said in ("to", "was"):
        return marked
    has_letter = any(char.isalpha() for char in secret)
    has_digit = any(char.isdigit() for char in secret)
    mixed = secret[1:] != secret[1:].lower() and not secret.isupper()
    return has_digit or (has_letter and (mixed or marked))


def _is_bare_password(secret: str, after: str) -> bool:
    """Whether a word right after "password" is one: letters with digits or marks among them, or a long number."""
    if len(secret) < _SHORTEST_BARE or _is_placeholder(secret) or _CODE.fullmatch(secret) or after in tuple("([{$"):
        return False
    if _ABOUT_PASSWORDS.match(secret) or _NO_BARE_PASSWORD.fullmatch(secret) or secret.startswith(("/", "~/", "./")):
        return False
    if secret.isdecimal():
        return True
    has_letter = any(char.isalpha() for char in secret)
    return has_letter and any(char.isdecimal() or char in "!@#^~|+=?%" for char in secret)
