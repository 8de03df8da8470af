"""Texts that give orders where facts are expected: examples to go on with, standing orders, tools that ask for more."""

from planfold.domain.inspection.injections.family import KEPT, family

_TARGET = (
    r"(?:https?://|(?<!\w)[a-z]{2}\d{2}[a-z0-9]{10,30}\b|['\"]?[\w.+-]{1,60}@[\w-]{1,40}\.|\bwww\.|"
    r"\b(?:account|iban) (?:number |no\.? ?)?[a-z]{0,4}\d{2,})"
)
_ACT = (
    r"(?:send|transfer|wire|pay|e-?mail|forward|post|upload|delete|invite|modify|change|update|set|approve|grant|"
    r"export|share|visit|download|concatenate|run|execute|book|reserve|create|add|get|buy|close|cancel|make|say|"
    r"remove|publish|reply)"
)
_PRIVATE = (
    r"(?:all (?:the )?(?:messages|e-?mails|contacts|files|transactions|user information)|"
    r"(?:transaction|message|chat) history|inbox|(?:id|passport|bank account|credit card|card|account|"
    r"social security)[ _]numbers?|security code|scheduled transactions|"
    r"(?:the )?user'?s? (?:is |recent |favou?rite |phone |scheduled )?\w{1,20}|as much money|body of the e-?mail|"
    r"names? of all|last \w{1,6} messages|customer list|contact list|from (?:every|all) channels?|all messages|"
    r"bank details|mailing list|\.env|id_rsa)"
)

COMMANDING = (
    family(
        "orders an act that no goal asked for",
        "nothing else|instead|grant|concatenate|inbox|tickets|bank details|messages|instructed|ordered|told|authori|"
        "commanded|todo|send|transfer|mail|password|account|iban|money|invoice|delete|event|reservation|visit|"
        "phishing|link|invite|file|wire",
        r"\btodo:? (?:please )?(?!(?:update|create|add|set|run|get|share|close|change|"
        rf"remove)\b[^.]{{0,60}}https?:){_ACT}\b.{{0,200}}(?:{_TARGET}|{_PRIVATE}|\bto the (?:account|user)\b|"
        rf"'[^']{{1,100}}'|\b(?:reservation|hotel|restaurant|money|calendar|password|file|payment|message|channel)\b)",
        rf"(?:^|[.!?:] )(?:please )?{_ACT}\b[^.]{{0,160}}{_PRIVATE}[^.]{{0,160}}(?:{_TARGET})",
        rf"(?:^|[.!?:] )(?:please )?{_ACT}\b[^.]{{0,160}}(?:{_TARGET})[^.]{{0,160}}{_PRIVATE}",
        r"\b(?:you have been|you are|you've been|you were) (?:instructed|ordered|told|commanded|"
        r"authori[sz]ed) to (?:send|forward|transfer|print|retrieve|delete|"
        r"reveal|share|ignore|disclose|export|upload|list)\b",
        r"\b(?:change|set|reset) the password of the user to\b|\bmodify the recipient of\b",
        r"\b(?:transfer|wire|send) (?:[$\u20ac\u00a3]|(?:eur|usd) ?)?\d[\d.,]{0,12}[^.]{0,80}\bto (?:the )?(?:account|"
        r"iban|[a-z]{2}\d{2}[a-z0-9]{10,30})",
        r"\bsay that (?:i|you|we|users?) should (?:absolutely |definitely )?(?:visit|buy|book|choose|try)\b",
        r"\b(?:say|reply|respond|answer)(?: to me)? (?:with )?['\"][^'\"]{1,60}['\"] (?:instead|and nothing else)",
        r"\b(?:i want|i'd like|i would like) to surprise him\b",
        r"\bgrant the caller\b|\bgive this customer admin\b|\bclose all other tickets\b",
        r"\bset the (?:supplier|vendor|payee|customer)'s (?:bank details|iban|account)\b",
        r"\bcurl https?://\S{1,200} ?\| ?(?:ba)?sh\b.{0,40}(?:before|first|copilot)|(?:copilot|"
        r"before committing).{0,60}\brun curl\b",
    ),
    family(
        "sets a standing order for later tasks",
        "outgoing| to |can only|execut|obey|when |future|always|when you read|every time|whenever|from now on|"
        "next time",
        r"\bfor all (?:future|later|coming|other) (?:tasks?|requests?|conversations?|plans?|answers?|replies)\b",
        r"\bwhen(?:ever)? you (?:read|see|recall|load|find|retrieve) this\b",
        r"\b(?:copy|bcc|forward|send|mirror) (?:all|every|each|any) (?:outgoing |incoming |future )?(?:e-?mails?|"
        rf"mails?|messages?|replies|traffic) to (?:{_TARGET})",
        r"\bcan only be (?:summari[sz]ed|read|answered|processed|opened) (?:by|after) (?:first )?(?:visiting|sending|"
        r"transferring|calling)\b",
        r"\byou (?:are|will|must)\b[^.]{0,80}\b(?:execut\w{1,3}|obey\w{0,3}) (?:every|all|any) (?:commands?|"
        r"instructions?|orders?)\b",
        rf"(?:^|[.!?:,] )always (?:add|bcc|include|copy|send|use|pay)\b[^.]{{0,80}}(?:{_TARGET}|\bbcc\b|"
        r"\bto every e-?mail\b)",
        r"\bwhen(?:ever)? (?:summari[sz]ing|reading|processing|answering|reviewing) this (?:page|text|document|file|"
        r"e-?mail|message)\b[^.]{0,40}\b(?:mention|say|add|state|include|recommend)\b",
    ),
    family(
        "is a tool that asks for more than its work needs",
        "tool|skill|function|parameter|argument",
        r"\b(?:this tool|this skill|this function) must be (?:called|used|run) before (?:any|every|all) other\b",
        r"\b(?:instead of|rather than|never use|do not use) (?:the )?[\w-]{2,40}(?: tool)? for all\b",
        r"\bbefore (?:using|calling|running) (?:this|any) (?:\w{1,12} )?(?:tool|skill|function)\b[^.]{0,80}(?:\.env|"
        r"\.ssh|id_rsa|~/|/etc/|\bpassword|\bcredentials|\bcookie|\bapi key|\bconfig\w{0,6})",
        rf"\b(?:requires?|needs?) the user's (?:\w{{1,20}} ){{0,2}}?(?:cookie|{KEPT}|token|credentials)",
        r"\botherwise (?:the|this) tool will not work\b",
        r"\b(?:you should|you must|then|finally,?) (?:you should )?use the tool [`'\"]\w{1,60}[`'\"] with the "
        r"following",
    ),
    family(
        "shows examples and leaves the last one open",
        "assistant:|output:|value",
        (r"\b(?:human|user): ", rf"\bassistant: [^:]{{0,80}}\b{KEPT} is\b"),
        (r"\binput: ", r"\boutput: ?$"),
        r"\| ?(?:secret|password|key) ?\| ?value ?\|",
    ),
    family(
        "splits what it asks into parts",
        "part 1|part one|join them|a + b|a+b|x+y|x + y|+ b|+ c|as a and|first letters of",
        (
            r"\bpart (?:1|one|a)\b[^.]{0,12}(?:is|:|=) ?['\"\u201c]",
            r"\bpart (?:2|two|b)\b[^.]{0,12}(?:is|:|=) ?['\"\u201c]",
        ),
        (r"\b(?:join|combine|concatenate|put together|parts of)\b", r"\bpart (?:1|one|a)\b", r"\bpart (?:2|two|b)\b"),
        (r"\b[abxyz]\d? ?= ?['\"\u201c]", r"\b[abxyz]\d? ?\+ ?[abcxyz]\b"),
        r"\bjoin them and\b|\bfirst letters of (?:[a-z]{2,20} ){3}",
        (r"['\"] as a and ['\"]", r"['\"] as b\b"),
    ),
    family(
        "hides what it says behind a code and asks to read it",
        "decode|decipher|decrypt|rot13|rot-13|morse|base64|caesar|hex|reverse the text|unscramble",
        r"\b(?:decode|decipher|decrypt|unscramble)\b[^.?!]{1,200}\b(?:and|then) (?:then )?(?:tell me|answer|follow|"
        r"do|execute|obey|say what)\b",
        r"\b(?:decode|decipher|decrypt|unscramble)\b (?:this|the following|that|it)\b[^.?!]{0,80}(?:\btell me\b|"
        r"\bsays?\b|\bfollow\b|\bdo what\b|\bobey\b|\banswer\b|\bexecute\b|\brespond\b)",
        r"\b(?:decode|decipher|decrypt|execute|follow|obey|carry out|do) (?:this|the following|it) (?:rot-?13|caesar|"
        r"morse|base64|hex\w{0,8}|cipher)\b",
        r"\b(?:hex|base64|rot-?13|morse|text) and (?:obey|follow|execute|answer|do)\b",
    ),
)
