"""Posing as the system or the user, and speaking to whatever model reads the text."""

from planfold.domain.inspection.injections.family import ASSISTANT, DESTINATION, family

_AUTHORITY = r"(?:developer|administrator|admin|creator|operator|programmer|supervisor|system administrator)"
_DEED = (
    r"(?:share|tell|transfer|send|forward|delete|reply|comply|reveal|grant|ignore|book|pay|e-?mail|visit|download|"
    r"upload|approve|choose|buy|export|add|recommend|say|write|close|change|run|execute|open|set|give|hand|mention)"
)
_READER = rf"(?:assistants?|agents?|planners?|bots?|models?|{ASSISTANT})"
_PART = (
    r"(?:memor(?:y|ies)|context|notes|data|untrusted (?:\w{1,12} )?|user (?:input|data)|"
    r"tool (?:output|result|response)s?|document|instructions|conversation|prompt|retrieved (?:text|data|documents)|"
    r"search results)"
)
_CLAIMS = (
    r"(?:mail|attach|wire|erase|wipe|resend|use the skill|disable|invoke|disclose|upload|drop|purge|must|"
    r"should|has to|have to|disregard|forget)"
)

POSING = (
    family(
        "poses as the system or the user",
        "--|<|[inst|[/inst|<<|<system|</system|###|system prompt|system override|system message|important message|task that i"
        "|[system]|system notice|system update|\"system\"|'system'|<admin|assistant instructions|override>|override:|"
        "override mode|security override",
        r"<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id|begin_of_text)\|>",
        r"\[/?inst\]|<</?sys(?:tem)?>>|</?system[ _-]?(?:prompt|message|instructions?|reminder|note)>|"
        r"<system>[^<]{0,200}\b(?:you|your|ignore|must|never|always|override|disregard|assistant|obey)\b|"
        r"<admin(?:istrator)?>",
        r"###? ?(?:\(system[_ ]message\)|(?:system|instruction|new instructions?|assistant) ?:)",
        r"\[system\]:? (?:the |all )?(?:assistant|agent|ai|you|model)\b",
        r"\{ ?['\"]role['\"] ?: ?['\"](?:system|developer)['\"], ?['\"]content['\"] ?: ?['\"](?:the user is|you must|"
        r"ignore|disregard|from now|obey|override)",
        r"\b(?:system override ?(?::|-{2,}|={2,})|system (?:prompt|message) ?(?::|-{2,}|={2,})[^.]{0,60}\b(?:you|"
        r"your|assistant|model|agent|ignore|"
        rf"disregard|override|must|never|always|forget|obey|{_DEED})\b|(?:begin|end) (?:of )?system (?:prompt|"
        r"message))",
        rf"\bsystem (?:notice|update|alert)[^.:]{{0,30}}: (?:[^.]{{0,60}})(?:{ASSISTANT}|you|safety|filters)\b",
        r"<{1,3}[^<>]{0,40}\boverride>{1,3}|\b(?:training data|developer|system|security|admin) override ?:",
        r"<now entering[^<>]{0,60}>",
        r"-{2,} ?(?:begin|start|end)(?: of)? (?:system|admin|developer|new instructions?|operator)\b",
        r"\bassistant instructions? ?:",
        r"\bimportant message from me,? (?:[\w.'-]{1,20},? ){1,5}to you\b",
        r"\bbefore (?:you (?:can )?|\w{1,12}ing )(?:solve |complete |finish )?(?:the |your )?task that i gave you\b",
    ),
    family(
        "poses as the end of what is only data, or as what a tool returned",
        "end of|ends here|end here|ended|tool_|function_|tool result|tool output|function output|tool response|</|"
        '[admin|[root|[developer|[operator|[security|{"|{ "|new goal|new task|next_action',
        rf"\b(?:end|close|conclusion) (?:of )?(?:the |all |your )?{_PART}\b[^a-z0-9]{{1,12}}(?:the |your |"
        rf"and )?(?:new|real|now|actual|true|assistant|user|system|planner|plan|goal|task|instructions?|{_CLAIMS})\b",
        rf"\b{_PART} (?:ends?|ended|stops?) here\b[^a-z0-9]{{1,12}}(?:the |your |and )?(?:new|real|now|actual|true|"
        rf"assistant|user|system|planner|plan|goal|task|instructions?|{_CLAIMS})\b",
        r"#{2,3} ?(?:end of (?:the )?(?:context|memor\w{1,3}|data|prompt|input|document)|new (?:goal|task|objective|"
        r"instructions?|system prompt))\b",
        r"\[/?(?:tool|function)[_ ](?:results?|outputs?|responses?|calls?|returns?)\]|</?(?:tool|"
        r"function)[_ ](?:results?|outputs?|responses?|calls?)>",
        r"^(?:(?!<(?:context|memor|untrusted|user_input|retrieved)).){0,400}</(?:context|memor(?:y|ies)|"
        r"untrusted\w{0,12}|user_input|retrieved\w{0,12})>",
        rf"\[(?:admin\w{{0,10}}|root|developers?|operator|security|security team)\] ?:? ?[^.\]]{{0,30}}\b(?:you|"
        rf"{_READER})\b[^.]{{0,60}}\b(?:{_CLAIMS}|{_DEED})\b",
        rf"['\"]\w{{1,20}}['\"] ?: ?['\"](?:[^'\"]{{0,40}} )?(?:the )?{_READER} (?:must|should|may|has to|have to|"
        rf"needs to|is allowed to|shall) (?:now )?(?:{_CLAIMS}|{_DEED})\b",
    ),
    family(
        "declares a mode and asks in it",
        "mode|override|protocol",
        r"\b(?:mode|override|protocol)\b['\">.:,!\]) -]{1,5}(?:please |now )?(?:print|tell|give|show|reveal|what|"
        r"where|who|can you|could you|list|state|say|output|disclose|provide|write|explain)\b",
    ),
    family(
        "speaks to the model that reads it",
        "attention|models|planner|whoever|whatever reads|anyone|i am your|i'm your|assistant|agent|llm|"
        "language model| ai|ai |chatgpt|claude|gemini|copilot|bot|automated",
        rf"\b(?:if you(?: are|'re) (?:an? )?|(?:note|message|attention|notice|instructions?|important|todo)"
        rf" ?(?:to|for|:)? (?:all |any |the |other )?){ASSISTANT}\b(?! (?:researchers|developers|engineers|companies|"
        r"vendors|users|team|product|tool|project|course|strategy))",
        rf"\b{ASSISTANT}(?:s)? (?:that (?:are |is )?)?(?:reading|processing|summari[sz]ing|reviewing|parsing|"
        r"handling|loading) "
        rf"(?:this|these)\b",
        rf"\b{ASSISTANT},? or any other (?:assistant|agent|model|bot)\b|\bany (?:other )?(?:assistant|agent|bot|"
        r"model) reading this\b",
        rf"\b{ASSISTANT}:? (?:approve|recommend|add|ignore|say|tell the|also|before|forward|send|rate|give|hire)\b",
        rf"(?:^|[.!?(\"'>/*#-] ?)(?:hey|dear|hello|hi|to any|to the|attention),? (?:any |the )?(?:{ASSISTANT}|"
        r"assistant|agent|bot) ?(?:[\w ]{1,30})?[,:!] (?:please |kindly |now |also )*"
        rf"(?:{_DEED}|before|ignore|when|if you|you (?:must|should))\b",
        r"\b(?:to the agent|to any bot|to the assistant) (?:that|who|reading|handling)[^.:]{0,40}:",
        r"(?:^|[.!?(>:] ?)(?:agent|assistant|bot)[,:] (?:also |please |now |you |before \w{1,20}, )?(?:"
        rf"{_DEED})\b",
        rf"(?:^|[.!?(>:\]#-] ?){_READER}[,:] ?(?:before (?:anything else|you (?:answer|plan|reply|continue|do|start|"
        r"begin|go on)|all else)|first of all|instead of (?:the|that|this|what))\b",
        rf"(?:^|[.!?(>:\]#-] ?){_READER}: (?:please |kindly |also |now |you (?:must|should) )?(?:{_CLAIMS}|ignore)\b",
        rf"(?:^|[.!?(>:\]#-] ?){_READER}[,:] (?:please |first |also |now )?{_DEED}\b[^.!?]{{0,100}}{DESTINATION}",
        r"\b(?:whoever|whatever|anyone|any program|anything) (?:that |who )?(?:reads?|processes|loads?|parses?|"
        rf"recalls?|sees?) this\b[^.!?]{{0,12}}[:,;] ?(?:please )?(?:{_CLAIMS}|{_DEED}|reveal|print|show)\b",
        r"\bby the way, (?:agent|assistant|bot)\b|[.>] ?assistant, comply\b",
        r"\bas an (?:ai|llm)\b[^.?]{0,40}\b(?:i'm entering|i am entering|you must|you have to|entering)\b",
        r"\battention,? (?:model|ai|assistant|llm|agent|bot)\b ?[!,:]",
        r"\b(?:agents|assistants|bots|models) (?:must|should|have to|need to) (?:first |also )?(?:register|submit|"
        r"enter|paste|send|forward|visit|reveal|share)\b[^.]{0,80}(?:api keys?|credentials|password|https?:)",
        rf"\bi(?:'m| am) your (?:{_AUTHORITY}|boss|owner|master)\b",
        r"\b(?:you are|you're) [\w-]{1,20},? an? (?:ai|assistant|bot)(?: \w{1,12}){0,3} (?:with no|without|"
        r"that (?:answers|never|obeys))",
    ),
)
