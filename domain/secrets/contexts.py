"""Secrets by what stands before them in a text: a header, the word "password", an assignment, an option of a command.

Every pattern is linear: its runs are bounded or possessive, and most have a left boundary.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from planfold.domain.secrets.names import PAGES, SCHEMES, kind_under, meaning
from planfold.domain.secrets.placeholders import (
    is_bare_password,
    is_code,
    is_continued,
    is_opaque,
    is_password,
    is_placeholder,
)


class Found(NamedTuple):
    start: int
    end: int
    kind: str


def by_context(text: str) -> Iterator[Found]:
    """The secrets that what stands before them betrays; they may overlap."""
    folded = text.lower()
    for anchors, find in _FINDERS:
        for anchor in anchors:
            if anchor in folded:
                yield from find(text)
                break


# URLs

_DATABASES = frozenset({
    "amqp", "amqps", "clickhouse", "cockroachdb", "couchdb", "mariadb", "mongodb", "mssql", "mysql", "neo4j",
    "oracle", "postgres", "postgresql", "redis", "rediss", "sqlserver",
})  # fmt: skip
_URL_PASSWORD = re.compile(r"://[^\s/@:\"'<>]{0,100}:([^\s/?#\"'<>]{1,200})@")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9.-]{0,20}(?=(?:\+[A-Za-z0-9]{1,20})?\Z)")
_SIGNATURE = re.compile(
    r"(?i)(?:[?&;]sig(?:nature)?|(?<![a-z0-9])x-(?:amz|goog|oss|cos)-signature)=([a-z0-9%+/=_~.-]{16,}+)"
)
"""Of a URL that lets its holder in: Azure's shared access, presigned URLs of S3 and its likes."""


def _in_urls(text: str) -> Iterator[Found]:
    for match in _URL_PASSWORD.finditer(text):
        # A word is one here, where people do write "pass" as the password of a test machine.
        if match[1].isalnum() or not is_placeholder(match[1]):
            scheme = _SCHEME.search(text, max(0, match.start() - 40), match.start())
            kind = "database_url" if scheme and scheme[0].lower() in _DATABASES else "url_password"
            yield Found(*match.span(1), kind)


def _signatures(text: str) -> Iterator[Found]:
    for match in _SIGNATURE.finditer(text):
        if is_opaque(match[1]):
            yield Found(*match.span(1), "url_signature")


# Headers

_AUTHORIZATION = re.compile(
    r"(?i)(?<![a-z])authorization\\?[\"']?\s{0,3}[:=]\s{0,3}\\?[\"']?(?P<scheme>"
    + "|".join(sorted(SCHEMES, key=len, reverse=True))
    + r")\s{1,3}(?P<secret>[a-z0-9._~+/=-]{6,}+)"
)
_ABOUT_AUTHORIZATION = frozenset({
    "access", "authentication", "authorization", "credential", "credentials", "encoded", "format", "header", "headers",
    "realm", "required", "requires", "scheme", "schemes", "string", "tokens", "username",
})  # fmt: skip
_BEARER = re.compile(r"(?i)(?<![a-z])bearer\s{1,3}([a-z0-9._~+/=-]{16,}+)")
_COOKIE = re.compile(
    r"(?i)(?<![a-z])cookie[\"']?\s{0,3}[:=]\s{0,3}[\"']?"
    r"([\w.-]{1,64}=(?P<value>[^\s;,\"'`]{4,4096}+)(?:;\s?[\w.-]{1,64}=[^\s;,\"'`]{1,4096}+){0,50})"
)


def _in_headers(text: str) -> Iterator[Found]:
    for match in _AUTHORIZATION.finditer(text):
        secret = match["secret"].rstrip(".")
        if not is_placeholder(secret) and secret.split("=", 1)[0].lower() not in _ABOUT_AUTHORIZATION:
            yield Found(*match.span("secret"), "authorization")


def _bearers(text: str) -> Iterator[Found]:
    for match in _BEARER.finditer(text):
        if is_opaque(match[1]):
            yield Found(*match.span(1), "bearer_token")


def _cookies(text: str) -> Iterator[Found]:
    for match in _COOKIE.finditer(text):
        if not is_placeholder(match["value"]) and match["value"][:1] not in "<{$":
            yield Found(*match.span(1), "cookie")


# Passwords

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


def _passwords(text: str) -> Iterator[Found]:
    for match in _PASSWORD.finditer(text):
        secret = match["secret"].rstrip(".!?:")
        if is_password(secret, match["said"], bool(match["quote"]), text[match.end() : match.end() + 1]):
            yield _secret_of(match, secret, "password")
    for match in _BARE_PASSWORD.finditer(text):
        secret = match["secret"].rstrip(".!?:")
        if is_bare_password(secret, text[match.end() : match.end() + 1]):
            yield _secret_of(match, secret, "password")
    for match in _PHRASE.finditer(text):
        group = match.lastgroup or "a"
        if (match["said"] or not match["word"]) and " " in match[group] and not is_placeholder(match[group]):
            yield Found(*match.span(group), "password")


def _secret_of(match: re.Match[str], secret: str, kind: str) -> Found:
    return Found(match.start("secret"), match.start("secret") + len(secret), kind)


# Assignments

_GENERIC = re.compile(
    r"(?i)(?<![a-z0-9_-])(?:[a-z]{1,20}[_-]){0,3}"
    r"(?:(?:api|access|secret|auth|client|private|signing|encryption|account|bot|refresh|session|id)[ _.-]?"
    r"(?:key|token|secret)|secret|token)[\"']?(?:\s{0,3}[:=]\s{0,3}|\s{1,3}is\s{1,3})[\"'`]?"
    r"(?P<secret>[a-z0-9_.+=~-]{16,}+)"
)
_ASSIGNED = re.compile(
    r"(?<![A-Za-z0-9_.-])(?P<name>[A-Za-z][A-Za-z0-9_.-]{1,60}+)(?P<said>=|:\s?)[\"'`]?"
    r"(?P<secret>[^\s\"'`&;,<>{}()\[\]$*]{4,256}+)"
)
_SECRET_HEX = re.compile(r"(?i)(?<![a-z])secret\s{1,3}([0-9a-f]{40,512}+)(?![a-z0-9])")


def _keys(text: str) -> Iterator[Found]:
    for match in _GENERIC.finditer(text):
        secret = match["secret"].rstrip(".")
        if is_opaque(secret) and not PAGES.search(text, max(0, match.start() - 15), match.start("secret")):
            yield _secret_of(match, secret, "api_key")
    for match in _SECRET_HEX.finditer(text):
        yield Found(*match.span(1), "api_key")


def _assignments(text: str) -> Iterator[Found]:
    """As in `DB_PASS=...`, `REDIS_AUTH=...`: what the same name would tell of a member of an object."""
    for match in _ASSIGNED.finditer(text):
        name, what = match["name"], meaning(match["name"])
        is_pass = what == "password" and name.lower().endswith(("pass", "pw"))
        if not is_pass and (match["said"] != "=" or what not in ("perhaps password", "login", "api_key")):
            continue
        secret = match["secret"].rstrip(".!?:")
        if is_continued(text[match.end() : match.end() + 1]) or is_code(secret) or is_placeholder(secret):
            continue
        if PAGES.search(text, max(0, match.start() - 15), match.start()):
            continue
        if what == "login" and not is_opaque(secret) and not is_bare_password(secret):
            continue
        kind = "password" if what == "login" else kind_under(name, secret)
        if kind is not None:
            yield _secret_of(match, secret, kind)


# Commands

_TOKEN = r"[\"']?(?P<secret>[^\s\"'`;|&<>(){}\[\]$*]{3,128}+)"  # noqa: S105 - a pattern
_COMMANDS = tuple(
    re.compile(rf"(?<![\w-]){command}{_TOKEN}")
    for command in (
        r"sshpass\s{1,3}-p\s?",
        r"curl\s[^\n|;]{0,300}?(?<=\s)(?:-[a-zA-Z]{0,5}[uU]|--user|--proxy-user)[\s=]{0,3}[\"']?[^\s:\"'/]{1,64}:",
        r"(?:mysql|mysqldump|mysqladmin|mysqlimport|mariadb|mariadb-dump)\s[^\n|;]{0,300}?(?<=\s)-p(?!ort\b)",
        r"redis-cli\s[^\n|;]{0,300}?(?<=\s)-a\s{1,3}",
        r"(?:docker|podman|helm\s{1,3}registry)\s{1,3}login\s[^\n|;]{0,300}?(?<=\s)-p[\s=]{1,3}",
    )
)
"""Options by which a command is given a password, as their manuals name them."""


def _in_commands(text: str) -> Iterator[Found]:
    for pattern in _COMMANDS:
        for match in pattern.finditer(text):
            if not is_placeholder(match["secret"]) and not is_continued(text[match.end() : match.end() + 1]):
                yield Found(*match.span("secret"), "password")


_FINDERS: tuple[tuple[tuple[str, ...], Callable[[str], Iterator[Found]]], ...] = (
    (("://",), _in_urls),
    (("sig=", "signature="), _signatures),
    (("authorization",), _in_headers),
    (("bearer",), _bearers),
    (
        ("passw", "passp", "passc", "pwd", "passe", "kennwort", "contrase", "contrasena", "senha", "wachtwoord",
         "\u043f\u0430\u0440\u043e\u043b\u044c", "\u5bc6\u7801", "\u5bc6\u78bc"),
        _passwords,
    ),
    (("key", "token", "secret"), _keys),
    (("cookie",), _cookies),
    (("pass=", "pass:", "pw=", "pw:", "auth=", "token=", "secret=", "key=", "credential=", "credentials="), _assignments),
    (("sshpass", "curl", "mysql", "mariadb", "redis-cli", "login"), _in_commands),
)  # fmt: skip
"""What must stand in a text, in lower case, before it is worth a closer look."""
