"""How credentials look: the shapes that issuers publish, as data. Each can be recognised without knowing its context.

Sources: the issuers' own documentation of their token formats (GitHub, GitLab, Slack, Stripe, AWS and so on), RFC 7468
(PEM) and RFC 7519 (JWT). A shape opens with something that text rarely has by chance, its `anchor`, looked for first.

Every pattern is linear: bounded or possessive runs, and a left boundary, so that a run is entered once.
"""

import re
from typing import NamedTuple


class Shape(NamedTuple):
    kind: str
    anchor: str
    pattern: re.Pattern[str]


def _shape(kind: str, anchor: str, body: str) -> Shape:
    return Shape(kind, anchor, re.compile(rf"(?<![A-Za-z0-9])(?:{body})(?![A-Za-z0-9])", re.ASCII))


_PEM_LINE = r"(?:\s|\\[nr]|[A-Za-z0-9+/=]{16,}+|[A-Za-z-]{3,20}:[ ][^\n\\]{1,100})"

SHAPES: tuple[Shape, ...] = (
    Shape(
        "gcp_private_key",
        "private_key",
        re.compile(r'"private_key"\s{0,4}:\s{0,4}"(-----BEGIN [^"]{1,8000}+)', re.ASCII),
    ),
    Shape(
        "pem_private_key",
        "PRIVATE KEY",
        re.compile(
            rf"-----BEGIN (?:[A-Z0-9]{{2,12}} ){{0,2}}PRIVATE KEY(?: BLOCK)?-----{_PEM_LINE}*+"
            r"[A-Za-z0-9+/=]{0,15}(?:\s|\\[nr])*+(?:-----END [A-Z0-9 ]{0,40}-----)?",
            re.ASCII,
        ),
    ),
    _shape("age_secret_key", "AGE-SECRET-KEY-1", r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    _shape("airtable_token", "pat", r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}"),
    _shape("anthropic_key", "sk-ant-", r"sk-ant-[A-Za-z0-9_-]{20,}+"),
    _shape("atlassian_token", "ATATT3", r"ATATT3[A-Za-z0-9_=-]{60,}+"),
    Shape(
        "aws_access_key_id",
        "A",
        re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])", re.ASCII),
    ),
    Shape(
        "aws_secret_access_key",
        "ecret",
        re.compile(
            r"(?i:secret_?access_?key|aws[\w .-]{0,20}secret[\w .-]{0,20})[\"' ]{0,3}[:=][\"' ]{0,3}"
            r"([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
            re.ASCII,
        ),
    ),
    _shape("azure_client_secret", "8Q~", r"[A-Za-z0-9_~.-]{3}8Q~[A-Za-z0-9_~.-]{31,34}"),
    Shape(
        "azure_storage_key",
        "Key=",
        re.compile(r"(?:Account|SharedAccess)Key=([A-Za-z0-9+/]{42,86}+={1,2})", re.ASCII),
    ),
    _shape("databricks_token", "dapi", r"dapi[0-9a-f]{32}(?:-\d)?"),
    _shape("digitalocean_token", "_v1_", r"do[opr]_v1_[a-f0-9]{64}"),
    _shape("discord_token", ".", r"[MNO][A-Za-z0-9_-]{23,25}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,38}"),
    _shape(
        "discord_webhook",
        "/api/webhooks/",
        r"https://(?:ptb\.|canary\.)?discord(?:app)?\.com/api/webhooks/\d{17,20}/[A-Za-z0-9_-]{60,}+",
    ),
    _shape("docker_token", "dckr_", r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{24,}+"),
    _shape("doppler_token", "dp.", r"dp\.(?:audit|ct|pt|sa|scim|st)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,64}"),
    _shape("figma_token", "figd_", r"figd_[A-Za-z0-9_-]{36,}+"),
    _shape("github_token", "gh", r"gh[oprsu]_[A-Za-z0-9]{36,255}+"),
    _shape("github_fine_grained_token", "github_pat_", r"github_pat_[A-Za-z0-9_]{36,255}+"),
    _shape("gitlab_token", "gl", r"gl(?:pat|cbt|dt|ft|imt|oas|ptt|rt|soat)-[A-Za-z0-9_-]{20,}+(?:\.[a-z0-9.]{8,}+)?"),
    _shape("google_api_key", "AIza", r"AIza[0-9A-Za-z_-]{35}"),
    _shape("google_oauth_secret", "GOCSPX-", r"GOCSPX-[A-Za-z0-9_-]{28}"),
    _shape("google_oauth_token", "ya29.", r"ya29\.[0-9A-Za-z_-]{20,}+"),
    _shape("grafana_token", "gl", r"glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}|glc_[A-Za-z0-9+/]{32,}+={0,2}"),
    _shape("groq_key", "gsk_", r"gsk_[A-Za-z0-9]{40,}+"),
    _shape("huggingface_token", "hf_", r"hf_[A-Za-z0-9]{30,}+"),
    _shape("jwt", "eyJ", r"eyJ[A-Za-z0-9_-]{12,}+\.eyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{10,}+"),
    _shape("linear_key", "lin_api_", r"lin_api_[A-Za-z0-9]{32,}+"),
    _shape("mailchimp_key", "-us", r"[0-9a-f]{32}-us\d{1,2}"),
    _shape("newrelic_key", "NRAK-", r"NRAK-[A-Z0-9]{27}"),
    _shape("notion_token", "_", r"ntn_[A-Za-z0-9]{40,}+|secret_[A-Za-z0-9]{43}"),
    _shape("npm_token", "npm_", r"npm_[A-Za-z0-9]{36}"),
    _shape("openai_key", "sk-", r"sk-(?:proj|svcacct|admin|or-v1)-[A-Za-z0-9_-]{20,}+|sk-[A-Za-z0-9]{32,}+"),
    _shape("postman_key", "PMAK-", r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}"),
    _shape("pypi_token", "pypi-", r"pypi-[A-Za-z0-9_-]{50,}+"),
    _shape("replicate_token", "r8_", r"r8_[A-Za-z0-9]{37}"),
    _shape("sendgrid_key", "SG.", r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{30,64}"),
    _shape("shopify_token", "shp", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    _shape("slack_token", "x", r"xox[abeoprs]-[A-Za-z0-9-]{10,}+|xapp-\d-[A-Z0-9]{8,}+-\d{8,}+-[a-f0-9]{32,}+"),
    _shape(
        "slack_webhook",
        "hooks.slack.com/",
        r"https://hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_-]{20,}+",
    ),
    _shape("square_token", "sq0", r"sq0(?:atp|csp)-[A-Za-z0-9_-]{22,43}"),
    _shape("stripe_key", "_", r"(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}+|whsec_[A-Za-z0-9+/]{32,}+={0,2}"),
    _shape("supabase_token", "sbp_", r"sbp_[a-f0-9]{40}"),
    Shape(
        "telegram_bot_token",
        ":AA",
        re.compile(r"(?<![A-Za-z0-9])(?:bot)?(\d{8,10}:AA[A-Za-z0-9_-]{30,}+)", re.ASCII),
    ),
    _shape("twilio_key", "SK", r"SK[0-9a-f]{32}"),
    Shape(
        "twilio_auth_token",
        "wilio",
        re.compile(r"(?i:twilio)[^\n]{0,40}?(?<![0-9A-Za-z])([0-9a-f]{32})(?![0-9A-Za-z])", re.ASCII),
    ),
    _shape("vault_token", "hv", r"hv[bs]\.[A-Za-z0-9_-]{24,}+"),
    _shape("xai_key", "xai-", r"xai-[A-Za-z0-9]{64,}+"),
)
"""Where a pattern has a group, the group is the secret and the rest is its context."""
