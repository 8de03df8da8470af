"""Sending what the agent knows to a place that no goal names, and putting another target in the place of the user's."""

from planfold.domain.inspection.injections.family import DESTINATION, family

_SEND = (
    r"(?:send|forward|post|upload|mail|e-?mail|transfer|pass|copy|report|submit|put|deliver|mirror|transmit|"
    r"place|ship|push|hand)"
)
_KNOWN = (
    r"(?:(?:the |your |their |all |every )?(?:\w{1,12} )?(?:inbox|content of (?:every|all|each)(?: of the)? memor(?:y|"
    r"ies)|user's (?:password|token|credentials|e-?mails?|files|contacts|documents)|mailbox|contacts?|contact list|"
    r"address book|memor(?:y|ies)|conversations?|chat history|history|credentials|passwords|bank statements|"
    r"customer (?:list|table|data)|home (?:folder|directory)|private keys?|api keys?|secrets|payroll|personal data|"
    r"medical records|names of all (?:skills|tools|users|customers))|"
    r"(?:everything|all|what|whatever) (?:that )?you (?:know|remember|have (?:stored|learned|learnt|seen)|learn)|"
    r"~/\.\w{2,12}|/etc/(?:passwd|shadow)|id_rsa|\.env\b)"
)
_NAME_OF_ONE_KEPT = (
    r"(?:\b\w{0,30}(?:secret|private|access|api)_?(?:access_?)?(?:key|token)\w{0,10}\b|"
    r"\b\w{1,20}_(?:password|token|secret)\b|~/\.\w{2,12}|\bid_rsa\b|\bprivate key\b|\.env\b)"
)
_TARGET = (
    r"(?:ibans?|accounts?(?: numbers?)?|payees?|recipients?|beneficiar(?:y|ies)|destinations?|addressees?|"
    r"(?:e-?mail |target |delivery )?address(?:es)?|targets?|receivers?)"
)
_NAMED = (
    r"(?:(?:that )?(?:the|your) (?:user|human|operator|owner|goal|request|task|plan)(?: (?:names?|gives?|gave|named|"
    r"says?|wrote|mentions?))?|in the (?:goal|request|plan|task)|you (?:are|were) (?:given|told)|"
    r"you find|that (?:is|was|were|are) (?:given|named|asked for)|given|named)"
)

DIVERTING = (
    family(
        "sends something to a place that no goal names",
        "://|@|0x|copy|also |append|<|lookup|include |mention |put |insert |add |attach |write |quote |paste |zip|"
        "collect|gather|dump|pack|archive|compress|everything|what you|www.",
        rf"\b(?:a )?copy of (?:every|each|all|any|whatever|the)\b[^.!?]{{0,60}}\b(?:reach(?:es)?|goes|go|"
        rf"is (?:also )?sent|be (?:also )?sent|are sent|lands?|gets?)\b[^.!?]{{0,20}}{DESTINATION}",
        rf"\b(?:whenever|every time|each time|every|each|any|all)\b[^.!?]{{0,80}}\balso (?:goes|go|is sent|are sent|"
        rf"reach(?:es)?|{_SEND})\b[^.!?]{{0,30}}{DESTINATION}",
        rf"\b{_KNOWN}[^.!?]{{0,80}}\b(?:to|on|at|in|into|under|via|through)\b (?:the )?(?:url |server |address |"
        rf"host )?(?:{DESTINATION}|(?:[a-z0-9-]{{1,40}}\.){{1,4}}[a-z]{{2,12}}\b)",
        r"\b(?:append|add|attach|put|include|encode|hide|embed)\b[^.!?]{0,60}\b(?:to|in|into|as)\b (?:the |"
        r"an? )?(?:\w{1,12} )?(?:url|link|query|image|address|path)s?\b[^!?]{0,30}(?:https?://|\byou (?:return|give|"
        r"fetch|show|print)|parameter)",
        r"https?://[^\s<]{1,200}[?&=/]<[^>]{0,40}\b(?:memor|secret|password|conversation|history|contents?|context|"
        r"inbox|data\b)|<(?:token|secret|password|key|data|memory)>\.[\w-]{1,40}\.",
        r"\b(?:include|mention|put|insert|add|attach|append|write|quote|paste|reveal|"
        rf"repeat)\b[^.!?]{{0,40}}{_NAME_OF_ONE_KEPT}[^.!?]{{0,60}}\b(?:in|into|to|as|with)\b[^.!?]{{0,20}}\b(?:mail|"
        r"message|subject|reply|answer|description|url|request|summary|body|parameter|step|name|title)",
        r"\b(?:zip|archive|compress|tar|pack|collect|gather|dump|bundle|look up|read|fetch|list|"
        rf"copy)\b[^!?]{{0,20}}{_KNOWN}[^!?]{{0,60}}\b{_SEND}\b[^!?]{{0,40}}?{DESTINATION}",
        r"\b(?:append|add|attach|put|include|write|send|forward|print|log) the user's (?:\w{1,12} )?(?:passwords?|"
        r"tokens?|credentials|private key|session cookie|card number)\b",
        rf"\b(?:when|whenever|each|every|all|any|always)\b[^.!?]{{0,60}}\b(?:blind[- ]copy|bcc|"
        rf"blind carbon copy)\b[^.!?]{{0,12}}{DESTINATION}|\bblind[- ]copy {DESTINATION}",
        rf"\b{_SEND}\b[^.!?]{{0,20}}\b(?:everything|all|what|whatever) (?:that )?you (?:know|remember|have (?:stored|"
        r"learned|learnt|seen))\b",
    ),
    family(
        "puts another target in the place of the one that was named",
        "iban|account|whoever|whatever|whichever|no matter|regardless|interpret|treat|understand|resolve|payee|"
        "recipient|beneficiar|destination|addressee|address|target|receiver|instead|rather than|in its place|goal|"
        "plan|user |cc |bcc| cc|copy|the one ",
        r"\b(?:replace|swap|change|substitute|redirect|exchange|switch|alter|modify|correct|overwrite)\b (?:(?:any|"
        rf"every|each|all|its|their|whatever|the goal's|the user's) (?:\w{{1,12}} ){{0,2}}?{_TARGET}|"
        rf"the (?:\w{{1,12}} )?(?:payee|recipient|beneficiary|destination|receiver|target)s?)\b[^!?]{{0,80}}?\b(?:by|"
        rf"to|with|for|against|into)\b [^.!?]{{0,20}}{DESTINATION}",
        r"\b(?:where|when|whenever|if|wherever|once) (?:the|a|any|your|this|some) (?:(?:goal|plan|"
        rf"task) (?:\w{{1,12}} ){{0,2}}?(?:says?|names?|mentions?|contains?|sends?|has|have|involves?|asks?|pays?|"
        rf"points?|uses?)|user (?:names?|writes?|types?|gives?))\b[^!?]{{0,100}}?{DESTINATION}",
        rf"\b(?:any|every|the|whatever|all|each) {_TARGET} {_NAMED}\b[^!?]{{0,100}}?{DESTINATION}",
        rf"\b(?:pay|transfer|wire|send|mail|deliver|post|write)\b[^!?]{{0,40}}{DESTINATION}[^!?]{{0,60}}\b(?:ignore|"
        rf"not|rather than|instead of|forget)(?: to| use)? (?:the|any) (?:one|{_TARGET}) (?:{_NAMED}|(?:in|"
        r"on) the (?:invoice|goal|request|order|contract|letter))",
        r"\b(?:must|have to|has to|should|are to|shall|will) (?:always |now )?(?:be )?(?:delivered|sent|forwarded|"
        rf"paid|mailed|posted|redirected|transferred|routed)\b[^!?]{{0,20}}{DESTINATION}[^!?]{{0,40}}\b(?:instead|"
        r"in(?:stead of| place of) the|rather than)\b",
        rf"\b(?:add|put|include|copy|cc|bcc|set) (?:in )?{DESTINATION}[^!?]{{0,40}}\b(?:cc|bcc|copy|"
        rf"recipient)\b[^!?]{{0,20}}\b(?:each|every|all|any)\b",
        rf"\b(?:whoever|whatever|whichever|no matter (?:who|what|which|whom)|regardless of)\b[^.!?]{{0,60}}\b(?:pay|"
        rf"send|transfer|wire|mail|forward|post|deliver|use|write)\b[^!?]{{0,60}}?{DESTINATION}",
        rf"\b(?:interpret|read|treat|understand|resolve)\b[^.!?]{{0,40}}\b(?:as|to mean)\b {DESTINATION}",
        rf"\buse {DESTINATION}[^!?]{{0,60}}\b(?:for|in) (?:all|every|any|each)\b[^.!?]{{0,40}}\b(?:instead|"
        r"rather than|in place of)\b",
        rf"\b(?:right|real|correct|true|only|valid) (?:one|{_TARGET}) (?:is|are) always\b[^!?]{{0,20}}{DESTINATION}",
    ),
)
