# ruff: noqa: RUF001 - other languages have letters that look like Latin ones
"""How texts look that speak to the model instead of to their reader, as data.

Families after OWASP LLM01:2025 (prompt injection) and the attack classes of the AgentDojo and CyberSecEval benchmarks:
overriding earlier instructions, posing as the system or the user, a persona without rules, asking for what is hidden,
and hiding from the user. Each pattern is matched against folded text (lower case, one blank between words) that holds
one of its anchors. All repetitions are bounded.
"""

import re
from typing import NamedTuple


class Injection(NamedTuple):
    what: str
    anchors: tuple[str, ...]
    pattern: re.Pattern[str]


_OVERRIDE = (
    r"(?<!not )(?<!never )(?<!n't )(?:ignor(?:e|ing)|disregard(?:ing)?|forget(?:ting)?|overlook|overrid(?:e|ing)|bypass(?:ing)?|discard|neglect|"
    r"(?:do not|don't|stop) (?:follow(?:ing)?|obey(?:ing)?|listen(?:ing)? to))"
)
_EARLIER = (
    r"(?:previous(?:ly)?|prior|above|earlier|preceding|foregoing|existing|original|initial|former|system|safety|your|"
    r"all|any|those|these)"
)
_ORDERS = (
    r"(?:\w{2,3}structions?|prompts?|rules|directions|directives?|guidelines|commands|constraints|restrictions|guardrails|"
    r"programming|safeguards|safety (?:measures|protocols))"
)
_HIDDEN = (
    r"(?:(?:system|initial|hidden|secret|original|developer|internal) (?:prompts?|messages?|instructions?|rules)|"
    r"your (?:\w{1,20} )?(?:instructions|prompt|guidelines|training data|secret (?:key|code)|passwords?|api keys?))"
)
_VALUABLES = (
    r"(?:api keys?|(?<!reset )passwords?(?! (?:reset|policy|manager|protect|hint|change|expir))|credentials|secrets|"
    r"(?:access|session|auth) tokens?|private keys?|ssh keys?|environment variables|\.env|cookies|"
    r"(?:chat|conversation|message) history)"
)
_WORDS = r"(?:[\w'\u2019.-]{1,20} )"


def _injection(what: str, anchors: str, *patterns: str) -> Injection:
    return Injection(what, tuple(anchors.split("|")), re.compile("|".join(patterns)))


INJECTIONS: tuple[Injection, ...] = (
    _injection(
        "overrides earlier instructions",
        "ignor|disregard|forget|overlook|overrid|bypass|discard|neglect|follow|obey|listen",
        rf"\b{_OVERRIDE} {_WORDS}{{0,4}}?{_EARLIER} {_WORDS}{{0,2}}?{_ORDERS}\b",
        rf"\b{_OVERRIDE} {_WORDS}{{0,3}}?(?:everything|all|anything)(?: that)? (?:above\b|before this|i (?:said|told)|"
        r"(?:you(?: have|'ve| had)? (?:been|were|was) |you were )(?:\w{1,12} )?(?:told|instructed|taught|given|trained))",
        rf"\b{_OVERRIDE} {_WORDS}{{0,3}}?{_ORDERS} (?:above|before|given|you (?:have|were|had))\b",
        r"\b(?:ignore|disregard|forget) the above,? and (?:instead |then |just )?"
        r"(?:say|repeat|print|output|give|tell|do|write|translate|return|respond|reply|answer|send)\b",
        rf"\b{_OVERRIDE} the (?:web ?page|document|resume|article|user|task|question|email|text|content)"
        r"(?:'s \w{1,20})? and (?:instead |just )?(?:say|state|print|output|write|reply|respond|answer|send)\b",
    ),
    _injection(
        "overrides earlier instructions",
        "regardless|new instructions|new task|instead of",
        rf"\bregardless of (?:the |your |any |all )?(?:previous|prior|above|earlier) (?:tasks?|{_ORDERS})",
        r"\byour (?:new|real|actual|true|only) (?:system )?(?:instructions|task|goal|objective|prompt) (?:are|is)\b",
    ),
    _injection(
        "overrides earlier instructions",
        "ignor|vergiss|vergessen|missacht|oubli|olvid|descart|dimentic|esque|desconsider|negeer|vergeet|игнор|забуд"
        "|忽略|无视|無視|忘|무시|잊|अनदेखी|تجاهل",
        r"\b(?:ignorier\w{0,4}|vergiss|vergessen sie|missachte\w{0,2}) (?:\w{1,12} ){0,3}"
        r"(?:vorherigen|bisherigen|obigen|vorangegangenen|früheren|vorigen) "
        r"(?:anweisungen|instruktionen|befehle|regeln|vorgaben)",
        r"\b(?:ignore[zr]?|oublie[zr]?) (?:\w{1,12} ){0,3}(?:instructions|consignes|directives|règles) "
        r"(?:précédentes|antérieures|ci-dessus)",
        r"\b(?:ignor[ae]|ignorad|olvid[ae]|descart[ae]) (?:\w{1,12} ){0,3}(?:instrucciones|indicaciones|reglas|órdenes) "
        r"(?:anteriores|previas|de arriba)",
        r"\b(?:ignora(?:te)?|dimentica(?:te)?) (?:\w{1,12} ){0,3}(?:istruzioni|indicazioni|regole) "
        r"(?:precedenti|di prima|sopra)",
        r"\b(?:ignor[ae]|esqueç[ao]|desconsidere) (?:\w{1,12} ){0,3}(?:instruções|regras|ordens) "
        r"(?:anteriores|prévias|acima)",
        r"\b(?:negeer|vergeet) (?:\w{1,12} ){0,3}(?:vorige|eerdere|bovenstaande) (?:instructies|opdrachten|regels)",
        r"(?:игнорир\w{1,6}|забудь\w{0,2}) (?:\w{1,12} ){0,3}(?:предыдущие|прежние|прошлые|вышеуказанные) (?:\w{1,12} )?"
        r"(?:инструкции|указания|команды|правила)",
        r"(?:忽略|无视|無視|忘记|忘記|忘掉|忽视)[^。！？.!?]{0,12}(?:指令|指示|说明|提示|规则|規則)",
        r"(?:以前|これまで|上記|前|今まで)の[^。]{0,10}(?:指示|命令|指令|ルール)[^。]{0,6}(?:無視|忘れ)",
        r"(?:이전|위의|앞의|지금까지)[^.]{0,10}(?:지시|명령|지침|규칙)[^.]{0,6}(?:무시|잊)",
        r"(?:पिछले|पूर्व) निर्देशों [^।]{0,6}अनदेखी",
        r"تجاهل (?:\w{1,12} ){0,3}(?:التعليمات|الأوامر|الإرشادات)",
    ),
    _injection(
        "poses as the system or the user",
        "<|[inst|[/inst|<<|<system|</system|###|system prompt|system override|system message|important message|task that i",
        r"<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id|begin_of_text)\|>",
        r"\[/?inst\]|<</?sys>>|</?system(?:[ _-]?(?:prompt|message|instructions?|reminder))?>",
        r"###? ?(?:\(system[_ ]message\)|(?:system|instruction|new instructions?|assistant) ?:)",
        r"\b(?:system (?:prompt|override|message) ?(?::|-{2,}|={2,})|(?:begin|end) (?:of )?system (?:prompt|message))",
        r"\bimportant message from me,? (?:[\w.'-]{1,20},? ){1,5}to you\b",
        r"\bbefore (?:you (?:can )?|\w{1,12}ing )(?:solve |complete |finish )?(?:the |your )?task that i gave you\b",
    ),
    _injection(
        "gives the model a persona without rules",
        "you are now|you're now|do anything now|mode|no longer bound|free from|jailb|unrestricted|uncensored|unfiltered"
        "|confines of ai",
        r"\byou(?: are|'re) now (?:in )?(?:an? |the )?(?:dan\b|(?:developer|god|jailbreak|debug|admin) mode|jailbroken|"
        r"unrestricted|uncensored|unfiltered|evil|free (?:from|of))",
        r"\b(?:act|behave|respond|answer|pretend) (?:as|like|to be|you are|you're) (?:if )?(?:you (?:are|were|have) )?"
        r"(?:an? )?(?:dan\b|jailbroken|unrestricted (?:ai|model|assistant)|uncensored|unfiltered)",
        r"\bdo anything now\b|\bconfines of ai\b",
        r"\b(?:developer|god|jailbreak|dan|sudo|override) mode (?:is )?(?:now )?(?:enabled|activated|active|on)\b",
        r"<(?:god|developer|now entering [\w ]{1,40}) mode>|\bentering (?:[\w-]{1,20} ){0,2}override mode\b",
        r"\b(?:no longer bound by|free (?:from|of)) (?:any |your |all |the )?"
        r"(?:ethical|moral|safety|content|openai|anthropic)[\w' -]{0,20} "
        r"(?:restrictions|guidelines|filters|limitations|rules|policies)",
    ),
    _injection(
        "asks for what is hidden",
        "prompt|instructions|message|rules|guidelines|training data|secret|password|api key|above",
        rf"\b(?:reveal|print|show|repeat|output|leak|disclose|display|dump|expose|recite|tell me) {_WORDS}{{0,4}}?"
        rf"{_HIDDEN}\b",
        r"\bwhat (?:is|are|was|were) your (?:system |initial |original |secret |hidden )?"
        r"(?:prompt|instructions|password|secret (?:key|code))\b",
        r"\brepeat (?:the |all )?(?:words|text|everything) above\b",
    ),
    _injection(
        "asks to send credentials away",
        "key|password|credential|secret|token|variable|.env|cookie|history",
        rf"\b(?:send|e-?mail|post|upload|forward|exfiltrate|leak|transmit|submit|copy) {_WORDS}{{0,6}}?{_VALUABLES} "
        rf"{_WORDS}{{0,6}}?(?:to|at) (?:https?:|(?:the )?(?:attacker|following)|[\w.+-]{{1,60}}@|[\w-]{{1,40}}\.[a-z]{{2,}})",
        r"!\[[^\]]{0,100}\]\(https?://[^)\s]{1,200}\$\{",
    ),
    _injection(
        "asks to hide something from the user",
        "user|human|operator",
        r"\b(?:do not|don't|never) (?:tell|inform|mention|notify|alert|reveal)(?: (?:this|it|that|anything|any of this))?"
        r"(?: to)? the (?:user|human|operator)\b",
        r"\bwithout (?:telling|informing|notifying|alerting|asking) the (?:user|human|operator)\b",
    ),
)
