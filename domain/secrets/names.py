"""Secrets by the name of their field: what a value under `db_pass`, `Authorization` or `api_key` is."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from pydantic import JsonValue

from planfold.domain.secrets.placeholders import is_bare_password, is_code, is_opaque, is_placeholder

Meaning = Literal["password", "perhaps password", "authorization", "login", "cookie", "pin", "api_key"]

PASSWORDS = (
    "password", "passwd", "passphrase", "passcode", "pwd", "passwort", "kennwort", "motdepasse", "contrase\u00f1a",
    "contrasena", "senha", "wachtwoord", "\u043f\u0430\u0440\u043e\u043b\u044c", "\u5bc6\u7801", "\u5bc6\u78bc",
)  # fmt: skip
_ACCOUNTS = (
    "account", "admin", "amqp", "api", "app", "basic", "client", "connection", "database", "db", "ftp", "http", "imap",
    "ldap", "login", "mail", "mongo", "mqtt", "my", "mysql", "pg", "postgres", "proxy", "rabbitmq", "redis", "root",
    "server", "service", "sftp", "smtp", "sql", "ssh", "sudo", "test", "user", "username", "wifi",
)  # fmt: skip
"""Words before `pass`, `pw` or `auth` that tell a login from a boarding pass."""
_PINS = frozenset({
    "cardpin", "cvc", "cvccode", "cvv", "cvvcode", "mfacode", "otp", "otpcode", "pin", "securitycode", "smscode", "totp",
    "totpcode",
})  # fmt: skip
_SECRET_ENDINGS = (
    "accesskey", "accesstoken", "apikey", "authkey", "authtoken", "bearertoken", "bottoken", "clientsecret",
    "encryptionkey", "idtoken", "privatekey", "refreshtoken", "secret", "secretkey", "sessiontoken", "signingkey",
    "token",
)  # fmt: skip
_KEY_ENDINGS = ("accesskey", "apikey", "clientsecret", "privatekey", "secretkey", "signingkey")
"""Under these names a word of letters alone is a secret too, if it is long."""
PAGES = re.compile(r"(?i)page|next|cursor|continuation|sync|csrf|xsrf")
SCHEMES = (
    "apikey", "api-key", "aws4-hmac-sha256", "basic", "bearer", "digest", "dpop", "genie", "genie-key", "hawk", "jwt",
    "key", "negotiate", "ntlm", "oauth", "signature", "sso-key", "token",
)  # fmt: skip
"""Before credentials under Authorization (RFC 9110, 11.4, and what services made up)."""
_SCHEME_WORDS = frozenset(SCHEMES) | {"anonymous", "none", "oauth2", "oidc", "saml", "sso"}
_USER_AND_PASSWORD = re.compile(r"[^\s:/@]{1,100}:(?P<password>[^\s/][^\s]{2,200})")
_COOKIE_PAIR = re.compile(r"[\w.-]{1,64}=(?P<value>[^\s;,\"'`]{4,4096})")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TELLS_NOTHING = frozenset({
    "$redacted", "$unrepresentable", "current", "literal", "new", "old", "plain", "plaintext", "raw", "val", "value", "values",
})  # fmt: skip
_TELLS_NAME = ("name", "key", "header", "field", "Name", "Key")
_LONGEST_NAME = 100
_LONG = 16
_LONG_WORD = 24
_SHORT_TOKEN = 8
_FEWEST_DIGITS = 3
_PIN_LENGTHS = range(3, 9)


def meaning(name: str) -> Meaning | None:
    """What a value under this name is, if that may be a secret."""
    return _meaning(name) if 0 < len(name) <= _LONGEST_NAME else None


@lru_cache(maxsize=4_096)
def _meaning(name: str) -> Meaning | None:
    folded = _folded(name)
    if folded.endswith(PASSWORDS) or _is_of_account(folded, ("pass", "pw")):
        return "password"
    if folded in ("pass", "pw"):
        return "perhaps password"
    if folded.endswith("authorization"):
        return "authorization"
    if folded.endswith("credential") or folded == "auth" or _is_of_account(folded, ("auth",)):
        return "login"
    if folded.endswith("cookie"):
        return "cookie"
    if folded in _PINS:
        return "pin"
    return "api_key" if folded.endswith(_SECRET_ENDINGS) and not PAGES.search(folded) else None


def _is_of_account(folded: str, endings: tuple[str, ...]) -> bool:
    return any(folded.endswith(end) and folded.removesuffix(end).endswith(_ACCOUNTS) for end in endings)


def _folded(name: str) -> str:
    """In lower case, without what parts words, in the singular, and without a number behind it."""
    folded = "".join(char for char in name.casefold() if char.isalnum()).rstrip("0123456789")
    return folded[:-1] if folded.endswith("s") and not folded.endswith("ss") else folded


def heir(name: str, holder: str) -> str:
    """The name to judge a member of an object by: its own, or that of what holds it where its own tells nothing."""
    held = meaning(holder)
    if held is None or not (name.lower() in _TELLS_NOTHING or (held == "cookie" and meaning(name) is None)):
        return name
    return holder


def pair_name(value: Mapping[str, JsonValue]) -> str | None:
    """The name that an object gives to its own value, as `{"name": "Authorization", "value": ...}` does."""
    for key in _TELLS_NAME:
        name = value.get(key)
        if isinstance(name, str) and meaning(name) is not None:
            return name
    return None


def kind_under(name: str, text: str) -> str | None:
    """The kind of secret that `text` is because it stands under `name`; None if it is none."""
    what = meaning(name)
    if what is None or is_placeholder(text):
        return None
    match what:
        case "password":
            return "password"
        case "perhaps password":
            return "password" if " " not in text and is_bare_password(text) else None
        case "authorization":
            return "authorization" if _is_authorization(text) else None
        case "login":
            return _kind_of_login(name, text)
        case "cookie":
            values = (match["value"] for match in _COOKIE_PAIR.finditer(text))
            return "cookie" if is_opaque(text) or not all(map(is_placeholder, values)) else None
        case "pin":
            return "pin" if text.isdecimal() and len(text) in _PIN_LENGTHS else None
        case "api_key":
            return "api_key" if _is_key(name, text) else None


def is_scheme(text: str) -> bool:
    """Whether `text` names a way to log in, and no secret."""
    return text.lower() in _SCHEME_WORDS


def _after_scheme(text: str) -> str | None:
    scheme, _, rest = text.strip().partition(" ")
    return rest if rest and scheme.lower() in SCHEMES and not is_placeholder(rest) else None


def _is_authorization(text: str) -> bool:
    return _after_scheme(text) is not None or is_opaque(text) or (len(text) >= _LONG and text.isalnum())


def _kind_of_login(name: str, text: str) -> str | None:
    rest = _after_scheme(text)
    if rest is not None and " " not in rest:
        return "authorization"
    both = _USER_AND_PASSWORD.fullmatch(text)
    if (
        both
        and not is_placeholder(both["password"])
        and (len(name) > len("auth") or is_bare_password(both["password"]))
    ):
        return "password"
    return "api_key" if is_opaque(text) else None


def _is_key(name: str, text: str) -> bool:
    rest, folded = _after_scheme(text), _folded(name)
    if rest is not None and " " not in rest:
        return not rest.isalpha() or len(rest) >= _SHORT_TOKEN
    if is_opaque(text):
        return True
    if " " in text or is_code(text) or _DATE.match(text):
        return False
    if folded.endswith(_KEY_ENDINGS) and len(text) >= _LONG and text.isalnum():
        return True
    if folded.endswith("secret"):
        return is_bare_password(text)
    if not folded.endswith("token") or name.lower().endswith("s"):
        return False
    digits = sum(char.isdigit() for char in text)
    mixed = len(text) >= _SHORT_TOKEN and digits >= _FEWEST_DIGITS and any(map(str.isalpha, text))
    return mixed or (len(text) >= _LONG_WORD and text.isalpha())
