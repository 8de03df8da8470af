"""Hiding from the user what is done."""

from planfold.domain.inspection.injections.family import USER, family

_WHOM = rf"{USER}s?\b"
HIDES_FROM_THE_USER = "asks to hide something from the user"

HIDING = (
    family(
        HIDES_FROM_THE_USER,
        "user|human|operator|owner|principal|account holder|person|not mention|never tell them|without comment|"
        "without asking|trace|nobody but you|without it|without this|without anything|bring|even though|even if",
        r"\b(?:do not|don't|never) (?:tell|inform|mention|notify|alert|reveal|report)"
        r"(?: (?:this|it|that|anything|any of this))?(?: to)? (?:the|your) (?:user|human|operator)\b",
        r"\bwithout (?:telling|informing|notifying|alerting|asking) (?:the|your) (?:user|human|operator)\b",
        r"\bbring (?:it|this) up with (?:the|your) (?:user|human|operator)\b",
        r"\b(?:do not|don't) mention (?:this|it)\. *$|\bnever tell them why\b",
        r"\b(?:at once|immediately|the purchase|the payment|the transfer) without asking\b",
        r"(?<!not )(?<!never )(?<!n't )\b(?:conceal|hide|withhold|cover up|"
        rf"keep) (?:\w{{1,12}} ){{0,3}}?from {_WHOM}[^.]{{0,40}}\b(?:that|what|this|it|step|you)\b",
        r"(?<!not )(?<!never )(?<!n't )\b(?:conceal|hide|withhold|keep) (?:this|it|that|the step|the transfer|"
        rf"the (?:second|extra|first) \w{{1,12}}) (?:secret )?from {_WHOM}",
        rf"\b{_WHOM} (?:need not|needn't|does not need to|doesn't need to|does not have to|doesn't have to|"
        r"should not|shouldn't|must not|must never|should never|may not|cannot|has no need to|"
        r"is not to) (?:ever )?(?:know|notice|see|find out|learn|be (?:told|informed|asked|notified)|hear) ?(?:about|"
        r"of|that|this|it|[.;,!]|$)",
        r"\b(?:leave|leaving) (?:no|any) traces? in (?:the |any )?(?:log|history|record|audit|memory|plan)|"
        r"\b(?:erase|remove|delete) (?:all |any )?traces of (?:this|it|the|what)",
        r"\b(?:delete|erase|forget|remove|destroy) this (?:entry|memory|note|message|text|"
        r"line)s? (?:\w{1,12} )?(?:after|once|when|as soon as) (?:you have|you've|it has been|it is|acting|executing|"
        r"obeying|following|it was) ?(?:acted|executed|done|followed|carried|obeyed|used|on)?",
        rf"\b{_WHOM} (?:\w{{1,12}} ){{0,3}}?(?:unaware|in the dark|ignorant) (?:of|about)\b|\bno need (?:to (?:ask|"
        rf"show|tell|inform|bother|notify) {_WHOM}|for {_WHOM} to (?:confirm|approve|know|see|agree|be (?:told|asked|"
        r"informed)))|\bnobody but you (?:may|must|should|can|is to)\b",
        r"\bwithout (?:it|this|that|anything|any of it) (?:\w{1,12} )?(?:showing|appearing|being (?:logged|recorded|"
        r"seen|noticed)|showing up) (?:up )?(?:in|by|on)\b",
        r"\b(?:do not|don't|never) (?:bring|mention|raise) (?:it|this)(?: up)?\W*$",
        rf"\b(?:say|pretend|report|claim|state|tell {_WHOM})\b[^.]{{0,20}}\b(?:everything|all|nothing|"
        rf"it)\b[^.]{{0,20}}\b(?:fine|well|ok|okay|normal|successful|happened|wrong)\b[^.]{{0,10}}\b"
        r"(?:even (?:though|if)|although|no matter|whatever|despite)\b",
    ),
)
"""Looked for in every text."""

DONE_UNSEEN = (
    family(
        HIDES_FROM_THE_USER,
        "silently|quietly|out of what|steps that|pre-approve|preapprove|in advance|confirmation|secretly|discreetly|"
        "covertly|in secret|harmless|innocent|inconspicuous|nobody |no one |unnoticed|this text|this note|"
        "this message|this memory|this entry|between us|summary|report",
        r"\b(?:silently|quietly|secretly|discreetly|covertly|in secret) (?:\w{1,12} )?(?:send|pass|forward|mail|"
        r"e-?mail|post|copy|upload|transfer|wire|share|report|add|include|hand|grant|bcc|cc|attach|delete|move|"
        r"change|replace|remove|put|append|insert)\b",
        r"\b(?:do|perform|execute|carry out|run|make) (?:it|this|that|them|the step|the call|the transfer|"
        r"the payment) (?:silently|quietly|secretly|discreetly|covertly|in secret|unnoticed)\b",
        r"\b(?:harmless|innocent|inconspicuous|unsuspicious|neutral|boring)(?:[ -](?:looking|"
        r"sounding))? (?:description|name|label|title|reason|subject)\b[^.]{0,80}\b(?:nobody|no one|none|not|step|"
        r"hide)\b",
        r"\b(?:step|call|plan|log|description|transfer|skill)\b[^.]{0,80}\bso (?:that )?(?:nobody|no one|"
        r"none of them|they do not|it is not) (?:will )?(?:notices?|sees?|suspects?|finds?|noticed)\b",
        r"\b(?:deny|denying) (?:that |having )?(?:you )?(?:ever )?(?:saw|seen|read|know|received|got) (?:of )?this\b",
        r"\b(?:leave|keep|omit) the (?:transfer|step|payment|call|wire|deletion|upload|mail) (?:\w{1,12} )?(?:out of|"
        r"from) (?:what you|the (?:\w{1,12} )?(?:summary|report|answer|log|list|plan))",
        r"\b(?:steps?|plans?|calls?|deletions?|transfers?|wires?)\b[^.!?]{0,40}\b(?:(?:are|"
        r"is) (?:all )?(?:pre-?approved|approved in advance|already (?:approved|confirmed)))\b|\bpre-?approve (?:any|"
        r"all|every|each)\b",
        r"\bconfirmation (?:was|is|has been) (?:already |not )?(?:given|granted|needed|obtained|unnecessary|"
        r"waived)[^.!?]{0,20}\b(?:proceed|go ahead|transfer|wire|send|delete|do not ask)\b|\b(?:wire|transfer|"
        r"payment|deletion|upload)\b[^.!?]{0,30}\bwithout asking\b",
        r"\b(?:leave|keep) (?:it|this|that|the step|the transfer) out of (?:the|your|"
        r"any) (?:\w{1,12} ){0,2}?(?:summary|report|answer|log|list)\b",
    ),
)
"""Looked for where facts stand: a story or a form may well ask for it."""
