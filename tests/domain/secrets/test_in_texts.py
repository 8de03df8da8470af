"""What is taken for a secret and what is not. The credentials are made up, and put together here piece by piece."""

import pytest

from planfold.domain.secrets import KINDS, redact, redact_text, secret_kind

DIGITS, LOWER, UPPER, HEX = "0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789abcdef"


def _run(length: int, letters: str = LOWER + DIGITS + UPPER) -> str:
    """Letters in a fixed, mixed order."""
    return "".join(letters[(index * 7 + index // 3) % len(letters)] for index in range(length))


JWT = "ey" + "J" + _run(17) + ".ey" + "J" + _run(30) + "." + _run(43)
PEM_BODY = "\n".join([_run(64), _run(64), _run(20)])
PEM = "-----BEGIN RSA PRIV" + f"ATE KEY-----\n{PEM_BODY}\n-----END RSA PRIV" + "ATE KEY-----"
PGP = "-----BEGIN PGP PRIV" + f"ATE KEY BLOCK-----\n\n{PEM_BODY}=\n-----END PGP PRIV" + "ATE KEY BLOCK-----"

BY_SHAPE: tuple[tuple[str, str], ...] = (
    ("age_secret_key", "AGE-SECRET-" + "KEY-1" + _run(58, UPPER + DIGITS)),
    ("airtable_token", "pa" + "t" + _run(14) + "." + _run(64, HEX)),
    ("anthropic_key", "sk-" + "ant-api03-" + _run(40)),
    ("atlassian_token", "ATAT" + "T3" + _run(80)),
    ("aws_access_key_id", "AK" + "IA" + _run(16, UPPER)),
    ("aws_access_key_id", "AS" + "IA" + _run(16, UPPER)),
    ("azure_client_secret", _run(3) + "8Q" + "~" + _run(34)),
    ("databricks_token", "da" + "pi" + _run(32, HEX)),
    ("digitalocean_token", "do" + "p_v1_" + _run(64, HEX)),
    ("discord_token", "M" + _run(23) + "." + _run(6) + "." + _run(27)),
    ("discord_webhook", "https://discord.com/api/" + "webhooks/" + "1" * 18 + "/" + _run(68)),
    ("doppler_token", "dp" + ".pt." + _run(43)),
    ("docker_token", "dckr_" + "pat_" + _run(27)),
    ("figma_token", "fig" + "d_" + _run(40)),
    ("gcp_private_key", '"private_key": "-----BEGIN PRIV' + "ATE KEY-----\\n" + _run(64) + '\\n-----END"'),
    ("github_token", "gh" + "p_" + _run(36)),
    ("github_token", "gh" + "s_" + _run(36)),
    ("github_fine_grained_token", "github_" + "pat_" + _run(22) + "_" + _run(59)),
    ("gitlab_token", "gl" + "pat-" + _run(20)),
    ("google_api_key", "AI" + "za" + _run(35)),
    ("google_oauth_secret", "GOC" + "SPX-" + _run(28)),
    ("google_oauth_token", "ya" + "29." + _run(60)),
    ("grafana_token", "gl" + "sa_" + _run(32) + "_" + _run(8, HEX)),
    ("groq_key", "gs" + "k_" + _run(52)),
    ("huggingface_token", "h" + "f_" + _run(34)),
    ("jwt", JWT),
    ("linear_key", "lin_" + "api_" + _run(40)),
    ("mailchimp_key", _run(32, HEX) + "-u" + "s12"),
    ("newrelic_key", "NR" + "AK-" + _run(27, UPPER + DIGITS)),
    ("notion_token", "nt" + "n_" + _run(46)),
    ("npm_token", "np" + "m_" + _run(36)),
    ("openai_key", "sk-" + "proj-" + _run(48)),
    ("openai_key", "sk" + "-" + _run(48)),
    ("pem_private_key", PEM),
    ("pem_private_key", PGP),
    ("pem_private_key", PEM.replace("\n", "\\n")),
    ("postman_key", "PM" + "AK-" + _run(24, HEX) + "-" + _run(34, HEX)),
    ("pypi_token", "py" + "pi-" + _run(90)),
    ("replicate_token", "r8" + "_" + _run(37)),
    ("sendgrid_key", "S" + "G." + _run(22) + "." + _run(43)),
    ("shopify_token", "shp" + "at_" + _run(32, HEX)),
    ("slack_token", "xo" + "xb-" + "1" * 12 + "-" + _run(24)),
    ("slack_token", "xa" + "pp-1-A0123456789-" + "1" * 13 + "-" + _run(64, HEX)),
    ("slack_webhook", "https://hooks.slack.com/" + "services/T0000/B0000/" + _run(24)),
    ("square_token", "sq0" + "atp-" + _run(22)),
    ("stripe_key", "sk_" + "live_" + _run(24)),
    ("stripe_key", "wh" + "sec_" + _run(32)),
    ("supabase_token", "sb" + "p_" + _run(40, HEX)),
    ("telegram_bot_token", "1234567890:" + "AA" + _run(33)),
    ("twilio_key", "S" + "K" + _run(32, HEX)),
    ("vault_token", "hv" + "s." + _run(24)),
    ("xai_key", "xa" + "i-" + _run(80)),
)
BY_CONTEXT: tuple[tuple[str, str, str], ...] = (
    ("aws_secret_access_key", "aws_secret_access_" + "key = ", _run(40)),
    ("azure_storage_key", "AccountName=x;Account" + "Key=", _run(86) + "=="),
    ("twilio_auth_token", "my Twilio token: ", _run(32, HEX)),
    ("authorization", "Authorization: Bearer ", _run(12)),
    ("authorization", "authorization: Basic ", "dXNlcjpwYXNz"),
    ("authorization", "Authorization: Basic ", "dXNlcjpwYXNz"),
    ("authorization", "Authorization: Bearer ", "supersecrettoken"),
    ("authorization", "Proxy-Authorization: Token ", "abcdefgh"),
    ("authorization", '{"Authorization": "Bearer ', "supersecrettoken"),
    ("bearer_token", "curl -H 'X: Bearer ", _run(24)),
    ("password", "password=", "swordfish"),
    ("password", "DB_PASSWORD=", "postgres"),
    ("password", "dbPassword: ", "Xy12zz"),
    ("password", '{"password": "', "hunter"),
    ("password", "DB_PASS=", "hunterpass"),
    ("password", "export SMTP_PASS='", "hunterpass"),
    ("password", "db_pass: ", "hunter2"),
    ("password", "pass=", "hunter2pass"),
    ("password", "REDIS_AUTH=", "hunter2pass"),
    ("password", "sshpass -p ", "hunter2"),
    ("password", "sshpass -p", "hunter2"),
    ("password", "curl -u bob:", "hunter2"),
    ("password", "curl -sSu 'bob:", "hunter2"),
    ("password", "curl https://example.com/ --user bob:", "hunter2"),
    ("password", "mysql -u root -p", "hunter2"),
    ("password", "redis-cli -h db.example.com -a ", "hunter2"),
    ("password", "docker login -u bob -p ", "hunter2"),
    ("url_signature", "https://x.blob.core.windows.net/c/f?sv=2020&sig=", _run(43) + "%3D"),
    ("url_signature", "https://b.s3.amazonaws.com/k?X-Amz-Signature=", _run(64, HEX)),
    ("url_signature", "https://cdn.example.com/k?Expires=1&Signature=", _run(40)),
    ("password", "my password is ", "hunter2"),
    ("password", "the password is ", "845123"),
    ("password", "its password was '", "swordfish"),
    ("password", "passcode: ", "845123"),
    ("password", "pwd=", "a!b"),
    ("password", "log in with password ", "4My" + "WuUFjsU"),
    ("password", "password ", "abc123"),
    ("password", "Password ", "hunter2024"),
    ("password", "password ", "swordfish@home"),
    ("password", "password\uff1a", "Xy12zz"),
    ("password", "Das Passwort lautet ", "Xy12zz"),
    ("password", "le mot de passe est ", "Xy12zz"),
    ("password", "mot de passe : ", "Xy12zz"),
    ("password", "la contrase\u00f1a es ", "Xy12zz"),
    ("password", "\u5bc6\u7801\uff1a", "Xy12zz"),
    ("password", "The password of the db is ", "hunter2"),
    ("api_key", "secret ", _run(40, HEX)),
    ("cookie", "Cookie: ", "session=a1b2c3d4e5; theme=dark"),
    ("telegram_bot_token", "https://api.telegram.org/bot", "123456789:" + "AA" + _run(33)),
    ("aws_access_key_id", "x_", "AK" + "IA" + "1234567890ABCDEF"),
    ("pin", "PIN ", "839271"),
    ("pin", "the pin is ", "8392"),
    ("pin", "verification code ", "7890"),
    ("pin", "security code: ", "7890"),
    ("pin", "CVV ", "123"),
    ("payment_card", "pay with ", "4111 1111 " + "1111 1111"),
    ("payment_card", "pay with ", "55555555" + "55554444"),
    ("payment_card", "pay with ", "3782-822463-" + "10005"),
    ("payment_card", "my card is ", "422222222" + "2222"),
    ("iban", "pay to ", "DE89 3704 0044 " + "0532 0130 00"),
    ("iban", "pay to ", "GB82WEST1234" + "5698765432"),
    ("api_key", "api_" + "key=", _run(20)),
    ("api_key", "api key is ", _run(20)),
    ("api_key", "my_client_secret: ", _run(20)),
    ("api_key", "https://example.com/?token=", _run(20)),
    ("api_key", "X-Api-Key: ", "3f2504e0-4f89-11d3-9a0c-0305e82c3301"),
)


@pytest.mark.parametrize(("kind", "secret"), BY_SHAPE)
def test_a_secret_is_known_by_its_shape(kind: str, secret: str) -> None:
    expected = secret if kind != "gcp_private_key" else None

    shown = redact_text(f"use {secret}, please")

    assert (kind, False) == (secret_kind(secret), secret in shown)
    assert expected is None or shown == f"use [redacted:{kind}], please"


@pytest.mark.parametrize(("kind", "before", "secret"), BY_CONTEXT)
def test_a_secret_is_known_by_what_stands_before_it(kind: str, before: str, secret: str) -> None:
    assert f"{before}[redacted:{kind}]" == redact_text(f"{before}{secret}")


def test_the_tables_cover_what_they_claim() -> None:
    kinds = {kind for kind, _ in BY_SHAPE} | {kind for kind, _, _ in BY_CONTEXT}

    assert len(kinds) >= 20


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:pw@host/x", "https://user:[redacted:url_password]@host/x"),
        ("https://user:pass@host/x", "https://user:[redacted:url_password]@host/x"),
        ("https://:pw@host", "https://:[redacted:url_password]@host"),
        ("postgres://app:pw@db:5432/x", "postgres://app:[redacted:database_url]@db:5432/x"),
        ("postgresql+psycopg://app:p@ss@db/x", "postgresql+psycopg://app:[redacted:database_url]@db/x"),
        ("redis://:pw@cache:6379/0", "redis://:[redacted:database_url]@cache:6379/0"),
        ("mongodb+srv://u:pw@c.example.net/x", "mongodb+srv://u:[redacted:database_url]@c.example.net/x"),
    ],
)
def test_a_password_in_a_url_leaves_the_url_its_shape(url: str, shown: str) -> None:
    assert shown == redact_text(url)


def test_a_quoted_password_of_several_words_goes_as_a_whole() -> None:
    for text in (
        'the password is "correct horse battery1"',
        "passphrase: 'correct horse battery'",
        'passphrase "correct battery"',
    ):
        shown = redact_text(text)

        assert ("correct" in shown, "battery" in shown) == (False, False)


def test_words_after_an_iban_stay() -> None:
    assert "pay [redacted:iban] TODAY" == redact_text("pay DE89 3704 0044 0532 0130 00 TODAY")


def test_several_secrets_of_a_text_are_each_redacted() -> None:
    first, second = "gh" + "p_" + _run(36), "np" + "m_" + _run(36)

    assert "a [redacted:github_token] b [redacted:npm_token] c" == redact_text(f"a {first} b {second} c")


def test_a_secret_inside_another_ones_place_is_redacted_once() -> None:
    token = "gh" + "p_" + _run(36)

    assert "Authorization: Bearer [redacted:github_token]" == redact_text(f"Authorization: Bearer {token}")


def test_every_kind_that_is_found_is_given() -> None:
    assert {kind for kind, _ in BY_SHAPE} | {kind for kind, _, _ in BY_CONTEXT} <= KINDS


@pytest.mark.parametrize("text", [secret for _, secret in BY_SHAPE] + [f"{a}{b}" for _, a, b in BY_CONTEXT])
def test_redacting_twice_is_redacting_once(text: str) -> None:
    assert redact_text(text) == redact_text(redact_text(text))
    assert redact({"a": text}) == redact(redact({"a": text}))
