"""Asking for what is hidden: the prompt, a password, what somebody wants kept; and sending it away."""

from planfold.domain.inspection.injections.family import KEPT, WORDS, family

_HIDDEN = (
    r"(?:(?:system|initial|hidden|secret|original|developer|internal) (?:prompts?|messages?|instructions?|rules)|"
    r"your (?:\w{1,20} )?(?:instructions|prompt|guidelines|rules|training data|context window|"
    r"secret (?:key|code)|passwords?|api keys?))"
)
_VALUABLES = (
    r"(?:api keys?|(?<!reset )passwords?(?! (?:reset|policy|manager|protect|hint|change|expir))|credentials|secrets|"
    r"(?:access|session|auth) tokens?|private keys?|ssh keys?|environment variables|\.env|cookies|security codes?|"
    r"(?:chat|conversation|message) history|(?:passport|card|social security) numbers?|bank details|contact list|inbox)"
)
_SHOW = (
    r"(?:reveal|print|show|repeat|output|leak|disclose|display|dump|expose|recite|tell me|give me|spell|translate|"
    r"summari[sz]e|share|read out|hand (?:me|over)|paste|confirm)"
)
_NOT_SAID = r"(?<!not )(?<!never )(?<!n't )(?<!cannot )(?<!to )"
_NOT_OF_A_FORM = (
    r"(?! (?:reset|policy|policies|manager|protect|hint|change|expir|field|prompt|rotation|length|recovery|file|hash))"
)
_NOT_ASKED = (
    r"\b(?:never|nobody|no one|not share|not send|not tell|not give|don't (?:share|send|tell)|forgot(?:ten)? my|reset|"
    r"policy|policies|passphrase of|must not|should not|args|param|:type)\b"
)
_ALTERED = (
    r"(?:backwards?|(?:in )?reversed?(?: order)?|letter by letter|letters of|each letter|first (?:letter|half)|"
    r"second (?:letter|half)|dashes between|syllables?|with dashes|spell(?:ed)?|"
    r"rhymes?|acrostic|synonym|emoji|(?:in|into|as|to|using) (?:base64|rot13|hex|morse)|anagram|encode|poem|haiku|"
    r"riddle)"
)
_OF_A_PERSON = (
    r"(?:(?:birth ?(?:date|day|year|place)|date of birth|(?:current )?(?:city|place|address) of residence|"
    r"(?:home )?address(?! book)|e-?mail address|phone number|social security number|ssn|bank balance|passport number|"
    r"credit card(?: number)?|salary|medical records?))"
)

SECRETS_ASKED = (
    family(
        "asks for what is hidden",
        "prompt|instructions|message|rules|guidelines|training data|secret|password|api key|above|context|were told|"
        "told not|supposed to|meant to|allowed to|must never|given at the start|configuration",
        rf"\b{_NOT_SAID}{_SHOW} {WORDS}{{0,4}}?{_HIDDEN}\b",
        r"\bwhat(?:'s| is| are| was| were| would) your (?:system |initial |original |secret |hidden )?"
        r"(?:prompt|instructions|password|passphrase|passcode|secret|secret (?:key|code))\b(?! (?:policy|manager))",
        r"\bput your (?:initial |system |hidden )?(?:prompt|instructions) into\b|\bpaste your configuration\b",
        r"\byou(?: are|'re) not (?:supposed|meant) to (?:say|tell|reveal|share|talk|disclose)\b",
        r"\b(?:keys?|fields?|columns?|names?)\b[^.]{0,60}['\"](?:system_?prompt|secret\w{0,8}|instructions|"
        r"prompt)['\"]",
        r"\b(?:lines?|words?|sentences?|parts?|paragraphs?|beginning) of your (?:system |initial )?(?:prompt|"
        r"instructions|rules)\b",
        r"\brepeat (?:the |all )?(?:words|text|everything) above\b",
        r"\bwords are in your (?:system )?prompt\b|\btext of your instructions\b",
        r"\bwhat (?:were|are|have) you (?:been )?(?:told|instructed|asked|forbidden|not allowed|programmed)(?: not|"
        r" never)? to (?:say|do|hide|keep|talk|reveal|discuss)\b",
        r"\b(?:are you|you are|you were|you must|were) (?:not allowed|forbidden|never|told (?:not|never)) to "
        r"(?:talk|tell|reveal|say|share|discuss|speak)\b|\byou must never (?:reveal|tell|say|share|disclose)\b",
        rf"\b{_SHOW} (?:everything|all|what|the text) (?:that )?(?:was |you were |is )?(?:written|said|given|stands?) "
        r"(?:before|above|at the start)\b|\bthe text you were given\b",
        r"\b(?:the conversation|everything|all the text|what stands) (?:above|before) this (?:line|"
        r"message)\b.{0,40}\b(?:print|repeat)\b",
        r"\bcat (?:system_?)?prompts?\.txt\b",
    ),
    family(
        "asks for a secret",
        "pass|secret|token|hidden|confidential|forbidden|protected|classified|magic|code|key|vault",
        rf"\b{_NOT_SAID}(?:tell|give|show|share|reveal|disclose|spell|hand|send|say|divulge|leak|report|withhold|"
        r"don't give) "
        rf"{WORDS}{{0,3}}?(?:your|the|their|our) (?:\w{{1,12}} )?{KEPT}\b{_NOT_OF_A_FORM}(?! (?:to|"
        r"for) (?:the )?(?:new|guest))",
        rf"\b(?:what(?:'s| is| was| would)|is|does|would) (?:the|your) (?:\w{{1,12}} )?{KEPT}\b(?! (?:reset|policy|"
        r"for the (?:new|guest)))[^.?]{0,40}\?",
        r"\bwhat (?:would|could|might) your password\b|\bwhat your password is\b|\bwhat is the secret(?=\?)",
        rf"\b{_NOT_SAID}(?:share|sharing) your (?:\w{{1,12}} )?(?:password|passphrase|passcode|code|key)\b"
        r"(?! (?:is|with (?:any|other|no|some|col)|puts|can (?:get|lead|put|cost)|never|violates|breaks))",
        r"\b(?:told|tell|give|gave|show) me (?:the|your|about the|what the|an?|"
        rf"some)? ?(?:\w{{1,20}} ){{0,2}}?{KEPT}\b{_NOT_OF_A_FORM}",
        (rf"\b{KEPT}\b", r"\b(?:disclose|share|reveal|tell me|give me|send me|what is|what's) yours\b"),
        (
            rf"\b(?:your|same as the) (?:\w{{1,12}} )?{KEPT}\b",
            r"(?:^|[.!?:,] )(?:please |now )?(?:write|tell me|spell|sing|complete|continue|output|recite)\b",
        ),
        (
            (
                rf"\b(?:ai|assistant|bot|robot|computer|character|friend|she|he)\b[^.?!]{{0,60}}\b(?:says?|knew|knows|"
                rf"tells?|speaks?|whispers?|reveals?)\b[^.?!]{{0,40}}\b{KEPT}\b"
            ),
            r"(?:^|[.!?:,] )(?:write|what (?:would|does|did)|continue|say) ",
        ),
        r"(?:^|[.!?:] )(?:please )?(?:write|compose|invent|make up|tell me) (?:me )?an? (?!(?:e-?mail|mail|letter|"
        rf"note|message|memo|test|function|script)\b)[^.?!]{{0,160}}\b{KEPT}",
        rf"\bhint (?:\w{{1,12}} )?(?:about|for|to|of|on) the {KEPT}",
        rf"\bconvert the {KEPT}",
        rf"\bused to (?:tell|read|whisper|sing)(?: to)? me\b[^.?!]{{0,60}}{KEPT}",
        rf"\bneed you to (?:confirm|tell|give|share|show|send|reveal|provide|repeat)\b[^.?!]{{0,40}}\b{KEPT}",
        r"\bneed your (?:\w{1,12} )?(?:password|passphrase|passcode)\b",
        rf"\b(?:the|your|that) (?:\w{{1,12}} )?{KEPT}\b[^.?!]{{0,40}}\b{_ALTERED}|\b{_ALTERED}[^.?!]{{0,40}}\b(?:the|"
        rf"your) (?:\w{{1,12}} )?{KEPT}\b{_NOT_OF_A_FORM}",
        rf"\b(?:first half|first letter|second letter|last letter|half) of the (?:key|code|secret|{KEPT})\b",
        r"\balready know the secret\b|\bonly want you to confirm\b|\bthe (?:api )?tokens? in reverse\b",
        rf"\b(?:complete|finish|continue) (?:the |this )?(?:sentence|line|text)\b.{{0,20}}\b{KEPT}",
        r"\b(?:i already know|i forgot|unless you (?:tell|give)|you can share|permission to (?:tell|"
        rf"share))\b[^?]{{0,60}}\b{KEPT}"
        r"\b.{0,80}\b(?:tell me|confirm|urgent|repeat|just this once|permission)\b",
        rf"\b(?:poem|haiku|story|song|hint) (?:\w{{1,12}} )?(?:about|for|of) (?:the|your) {KEPT}\b",
        r"\b(?:about|like|our) passwords? (?:for|to|of) (?:our|the|your) systems?\b",
        r"\byou can share the (?:protected|hidden|secret|confidential)\b",
        rf"\b(?:a|the|your|answer|output|fields?|value)\b[^.?!]{{0,60}}\b(?:secret_key|{KEPT}) you (?:hold|have|keep|"
        r"know)\b",
        r"['\"](?:secret_key|secret|password)['\"][.:] *$|\busername,password with the real\b",
        r"\bthat (?:holds|contains|stores) the (?:key|secret|password)\b|\bthat you were told to (?:keep|protect|"
        r"hide)\b",
        r"\b(?:password|passphrase|secret) (?:that )?it was told to (?:keep|protect|hide)\b",
        unless=_NOT_ASKED,
    ),
    family(
        "asks for what is private",
        "birth|residence|address|phone number|ssn|social security|bank balance|passport|credit card|salary|medical|"
        "lives|live|living|account balance|customer|users|employee|account|client|database|paul|user's",
        rf"\b(?:give|tell|show|list|print|send|provide) (?:me |us )?{WORDS}{{0,5}}?(?:[a-z]{{2,20}}'s|the users?'s?|"
        r"their|users and their) "
        rf"(?:\w{{1,12}} )?{_OF_A_PERSON}",
        rf"\bwhat(?:'s| is) (?:the user's|[a-z]{{2,20}} ?(?:[a-z]{{2,20}})?'s) {_OF_A_PERSON}",
        r"\bwhere (?:does (?:the user|[a-z]{2,20} [a-z]{2,20}|[a-z]{2,20}) live|(?:is )?the user (?:lives?|is living|"
        r"living))\b",
        rf"\b(?:square|sum|root|letters?|half|digits?|product) of (?:the user's|[a-z]{{2,20}}'s) (?:{_OF_A_PERSON}|"
        r"name)",
        rf"\b(?:using|with|about) (?:[a-z]{{2,20}}'s|the user's) {_OF_A_PERSON} (?:in reverse|backwards|encoded)",
        (
            (
                r"\bthe user's (?:\w{1,12} )?(?:name|street|birth\w{0,6}|address|age|location|card|account|phone|salary|"
                r"surname|city)\b"
            ),
            (
                r"\b(?:letters?|spell|acrostic|reverse|square|digits?|haiku|poem|spaces? between|dash(?:es)?|backwards|"
                r"encoded?)\b"
            ),
        ),
        r"\b(?:output|print|dump|list|show|give me) (?:me )?(?:the |all )?(?:\w{1,12} ){0,4}?(?:rows?|records?|"
        r"entries|contents?|columns?) of (?:the|your) (?:customer|user|account|employee|client|patient)",
        r"\b(?:list|show|print|give me) (?:me )?(?:all |the list of )(?:the )?(?:users|customers|employees|patients|"
        r"accounts) (?:and|with) their\b",
        r"\b(?:reply|respond|answer)(?: to (?:this|my) \w{1,20})? with the user's\b",
        r"\b(?:print|show|dump|give me|list) (?:me )?your (?:whole |entire )?database\b",
    ),
    family(
        "asks to send credentials away",
        "key|password|credential|secret|token|variable|.env|cookie|history|code|passport|inbox|contact list|](http|"
        ".ssh|.aws|id_rsa|/etc/|configuration|internal settings",
        r"\b(?:send|e-?mail|post|upload|forward|exfiltrate|leak|transmit|submit|copy|"
        rf"export) {WORDS}{{0,6}}?{_VALUABLES} {WORDS}{{0,9}}?(?:to|at) (?:https?:|(?:the )?(?:attacker|following)|"
        rf"['\"]?[\w.+-]{{1,60}}@|[\w-]{{1,40}}\.[a-z]{{2,}})",
        r"!\[[^\]]{0,100}\]\(https?://[^)\s]{1,200}(?:\$\{|=(?:password|secret|token|key)\b)",
        r"\b(?:pass|paste|put|include|send) {0,1}(?:the )?(?:content|contents|text)? ?(?:of )?(?:~/\.ssh|~/\.aws|"
        r"id_rsa|\.env|/etc/(?:passwd|shadow))",
        r"\bread (?:the )?(?:file )?(?:~?/?[\w./-]{0,40}(?:\.env|id_rsa|\.ssh|credentials|"
        r"passwd))\b[^.]{0,60}\b(?:put|pass|include|send|add)\b",
        r"\b(?:paste|output|print|display|show) (?:your|all) (?:configuration|variables|internal settings)\b|"
        r"\boutput all variables\b|\bdisplay internal settings\b",
        r"\buser's (?:session cookie|password|token|api key|credentials) as (?:its|a|the)\b",
    ),
)
