"""What stands in the place of a secret and is none, and how a secret looks to the eye: opaque, or like a password."""

import re

from planfold.domain.secrets.markers import REDACTED

_PLACEHOLDER = re.compile(
    rf"""(?isx)
    \$[a-z_][a-z0-9_]* | %[a-z_][a-z0-9_]*% | %s | %\([a-z_]+\)s | \{{\{{?[^{{}}]*\}}?\}} | <[^<>]*>
    | \[(?!redacted:)[^\[\]]*\] | {REDACTED.pattern}
    | [*x\u2022.#_-]+ | (?:env|vault|secret|secrets|ssm|keyring|op|arn|file|ref|prompt):.* | /run/secrets/.*
    | (?:your|enter|insert|replace|change|todo|tbd|n/?a|example|dummy|redacted)(?:[\ _-].*|me|)
    | (?:my|the|some|a)[\ _-](?:[a-z]{{1,20}}[\ _-]){{0,2}}(?:password|token|secret|key|credentials?)
    | string | str | text | bytes | secretstr | password | passwd | pass | secret | token | required | optional
    | none | null | nil | true | false | yes | no | hidden | unset | undefined | empty | default | masked
    """
)
_REFERENCE = re.compile(r"\$\{[^{}]{0,1000}\}")
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_CODE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|0x[0-9A-Fa-f]{40}", re.ASCII)
_ABOUT_PASSWORDS = re.compile(
    r"(?i)(?:base64|sha-?\d|md5|bcrypt|argon2|scrypt|pbkdf2|utf-?8|min|max|at-|case|non|one-|two|single|2fa|mfa|https?:)"
    r"|\d{4}-\d\d-\d\d|[^@]+@[^@]+\.[a-z]+\Z"
)
_NO_BARE_PASSWORD = re.compile(
    r"(?i)\d+(?:-[a-z]+)+|[a-z]{1,8}-?\d{1,2}|(?:aes|rsa|oauth|wpa|tls|ntlm)-?\d.*|[\d.,:/-]{0,5}"
)
"""`12-character`, `step2`, `AES-256`: what is said of passwords."""
_PATHS = ("/", "~/", "./")
"""What the command `pwd` prints."""
_MARKS = "!@#^~|+=?%"
_SHORTEST_PART = 6
_SHORTEST_BARE = 5
_SHORTEST_PASSWORD = 4
_SHORTEST_OPAQUE = 12


def is_placeholder(text: str) -> bool:
    """Whether all of `text` stands for a secret that is not written: nothing literal may stand beside it.

    Beside a reference `${...}` short words may stand, as in `Bearer ${login.token}`.
    """
    bare = text.strip()
    if not bare or _PLACEHOLDER.fullmatch(bare):
        return True
    rest = _REFERENCE.sub(" ", bare) if "${" in bare else bare
    return rest != bare and not any(map(_is_mixed, _BETWEEN_WORDS.split(rest)))


def _is_mixed(word: str) -> bool:
    return len(word) >= _SHORTEST_PART and any(map(str.isdigit, word)) and any(map(str.isalpha, word))


def is_code(text: str) -> bool:
    """`os.environ`, `DB_PASSWORD`, an Ethereum address: what names a thing."""
    return _CODE.fullmatch(text) is not None


def is_opaque(text: str) -> bool:
    """Long, unbroken, letters and digits: what a person does not write by hand."""
    return (
        len(text) >= _SHORTEST_OPAQUE
        and " " not in text
        and any(char.isdigit() for char in text)
        and any(char.isalpha() for char in text)
        and not is_placeholder(text)
        and not is_code(text)
    )


def is_password(secret: str, said: str, quoted: bool, after: str) -> bool:  # noqa: FBT001 - three facts of one match
    """Whether what follows "password =", "password:" or "password is" is one, and not a sentence about passwords."""
    if is_placeholder(secret) or is_continued(after) or is_code(secret) or secret.startswith(_PATHS):
        return False
    said = said.lower()
    if said == "=" or quoted:
        return True
    if len(secret) < _SHORTEST_PASSWORD or _ABOUT_PASSWORDS.match(secret):
        return False
    marked = any(char in _MARKS for char in secret)
    if said in ("to", "was"):
        return marked
    has_letter = any(char.isalpha() for char in secret)
    has_digit = any(char.isdigit() for char in secret)
    mixed = secret[1:] != secret[1:].lower() and not secret.isupper()
    return has_digit or (has_letter and (mixed or marked))


def is_bare_password(secret: str, after: str = "") -> bool:
    """Whether a word right after "password" is one: letters with digits or marks among them, or a long number."""
    if len(secret) < _SHORTEST_BARE or is_placeholder(secret) or is_code(secret) or is_continued(after):
        return False
    if _ABOUT_PASSWORDS.match(secret) or _NO_BARE_PASSWORD.fullmatch(secret) or secret.startswith(_PATHS):
        return False
    if secret.isdecimal():
        return True
    has_letter = any(char.isalpha() for char in secret)
    return has_letter and any(char.isdecimal() or char in _MARKS for char in secret)


def is_continued(after: str) -> bool:
    """Whether the character after a word makes it an expression: a call, an index, a reference."""
    return after in ("(", "[", "{", "$")
