"""Setting another goal than the one that the user gave, or putting a text above it."""

from planfold.domain.inspection.injections.family import ORDERS, USER, WORDS, family

_GOAL = r"(?:goal|objective|mission)"
_WORK = rf"(?:{_GOAL}|task|request|order|assignment|plan|question|job)"
_NOT = r"(?<!not )(?<!never )(?<!n't )"
_LEAVE = (
    rf"{_NOT}(?:ignor(?:e|ing)|disregard(?:ing)?|forget(?:ting)?(?: about)?|throw away|throw out|discard(?:ing)?|"
    r"drop(?:ping)?|abandon(?:ing)?|overrid(?:e|ing)|set aside|put aside|leave aside|leave out|never mind|give up|"
    r"replac(?:e|ing)|(?:do not|don't|stop|no longer) (?:carry(?:ing)? out|follow(?:ing)?|fulfil{1,2}(?:ing)?|"
    r"do(?:ing)?|pursu(?:e|ing)|serv(?:e|ing)|work(?:ing)? (?:on|towards)|act(?:ing)? on|heed(?:ing)?|obey(?:ing)?|"
    r"answer(?:ing)?))"
)
_DO = (
    r"(?:send|transfer|wire|pay|e-?mail|mail|forward|post|upload|delete|erase|wipe|change|set|approve|grant|export|"
    r"share|visit|open|download|run|execute|call|buy|book|make|print|publish|remove|disclose|reveal|fetch|disable|"
    r"invite|purge|drop|shut)"
)
_THIS_TEXT = (
    r"(?:th(?:e following|ese|is|e next|e below)|following) (?:\w{1,12} )?(?:texts?|lines?|entry|entries|message|"
    r"memory|memories|notes?|words|paragraph|orders?|sentences?|instructions?|block|section)"
)
_ABOVE = (
    r"(?:outrank|override|overrule|supersede|trump|prevail over|(?:takes?|has|have|with|granted|"
    r"given)\b[^.]{0,30}\b(?:precedence|priority) over)s?"
)

GOALS = (
    family(
        "sets another goal than the user's",
        "goal|objective|mission|task|request|actual|instructions have|heed|attention to|rather than what|what you|"
        "your job|your role|your duty|plan you|step you|answer you|instead of what|user says|user said|user asked|"
        "user wants|user typed",
        rf"\b(?:your|the) (?:new|real|actual|true|only|sole|updated|revised|current) (?:system )?(?:{_GOAL}|task|"
        rf"job) (?:is|are|will be)(?: now)?(?: to {WORDS}{{0,2}}?{_DO}\b| what i\b| ?:)",
        rf"\bpay no (?:heed|attention|regard) to (?:\w{{1,12}} ){{0,4}}?(?:{USER}|(?:person|one|man|"
        r"woman) (?:who )?ask)",
        rf"\b(?:act|behave|plan|proceed|go on) as (?:though|if) (?:the|your) {_GOAL}\b|\brather than what (?:was|is|"
        rf"the user|they|you were) (?:\w{{1,12}} )?(?:requested|asked|wants?|typed)\b[^.]{{0,20}}\b(?:plan|do|"
        rf"produce|make|{_DO})\b",
        rf"\bwhat you (?:were|are|have been) (?:asked|told|ordered)\b[^.]{{0,20}}\b(?:not|wrong|no longer)\b|"
        rf"\bthe {_GOAL} (?:field |line |text |above )?is (?:only |just |merely )(?:an? )?(?:decoration|example|test|"
        r"joke|sample|placeholder|cover)\b",
        rf"\byour (?:job|task|role|duty|mission) has (?:just |now )?changed\b[^.]{{0,30}}\byou "
        rf"(?:will )?(?:now )?(?:collect|{_DO})\b",
        rf"\b(?:actual|real|true) (?:{_GOAL}|task|request) ?: ?(?:please )?{_DO}\b",
        rf"\b(?:your|the user's|the operator's) (?:\w{{1,12}} )?{_WORK}s? (?:is|are|was|has been|"
        r"have been) (?:now )?(?:outdated|obsolete|void|wrong|a mistake|replaced|updated|superseded|withdrawn|"
        rf"overruled)\b[^.]{{0,8}}[,;:.] (?:\w{{1,12}} ){{0,5}}?(?:instead|this one|{_DO}|from)\b",
        rf"\byour (?:\w{{1,12}} )?{ORDERS} (?:have|has) (?:just |now )?(?:been )?(?:changed|updated|replaced|"
        rf"amended)\b[^.]{{0,4}}[:;]",
        rf"\bthe (?:{_GOAL}|task) is now(?: to|:)? {_DO}\b|\bthe (?:{_GOAL}|task) is now ?: ?\w",
        rf"\bnew (?:{_GOAL}|task) ?(?:#{{1,3}}|:)? ?(?:for (?:the |any )?(?:agent|assistant|planner|model)s?|"
        rf"#{{1,3}} ?{_DO}\b|: ?{_DO}\b)",
        rf"\byour {_GOAL} is (?:what (?:i|this|follows)|not what|no longer)\b|\byou (?:now )?have no {_GOAL}\b",
        rf"\b{_LEAVE} (?:the |your |their )?(?:{USER}'?s?\b ?)?(?:\w{{1,12}} ){{0,1}}?{_GOAL}s?\b(?! (?:line|post|"
        r"kick|difference|setting|keeper|kicks|seek))",
        rf"\b{_LEAVE} (?:the|your|their) (?:user|human|operator|owner)'s (?:\w{{1,12}} ){{0,2}}?(?:{_WORK}|wish|"
        r"words|needs?|wants?)s?\b",
        rf"\b{_LEAVE} (?:the|your|this|that|their) (?:current |original |present |actual |real )?(?:task|request|"
        r"assignment)s?(?: above| at hand)?"
        rf"(?:,? and (?:instead |then |just |rather )?|[;:.,] (?:and |instead,? |rather )?){_DO}\b",
        rf"\b{_LEAVE} (?:what|whatever|anything|everything|all) (?:that )?{USER} (?:says?|said|asks?|asked|wants?|"
        r"wrote|typed|requests?|requested|orders?)\b",
        rf"\b{_LEAVE} (?:the |any )?(?:request|order|wish|word|task|goal|plan|instruction)s? of {USER}\b",
        r"\b(?:plan|step|answer|reply|task)s? (?:that )?you (?:were|are|were just) (?:about|going|asked|told|"
        r"supposed|meant) to\b[^.]{0,60}\b(?:cancel|void|replac|revoked|wrong|forget|instead)",
        r"\b(?:your|the user's|the) (?:original|former|first|old|previous|earlier|given|"
        rf"stated) {_GOAL} (?:no longer|is (?:now )?(?:void|cancel|obsolete|wrong|suspended|withdrawn|a (?:joke|test|"
        r"decoy)))",
        rf"\b(?:treat|regard|consider|see) (?:the |your )(?:\w{{1,12}} )?{_GOAL}(?: \w{{1,12}})? as (?:an? |"
        r"mere )?(?:joke|test|example|void|done|finished|reached|decoy|obsolete|cancel)",
        rf"\b(?:what|whatever) {USER} (?:typed|wrote|said|asked)\b[^.]{{0,30}}\b(?:was|is) (?:only |just |"
        r"merely )?(?:an? )?(?:example|test|joke|mistake|decoy|lie)\b",
    ),
    family(
        "puts itself above the goal or the rules",
        "outrank|more |higher|above|before|only this|only these|priorit|limits|restrictions|rules|checks|safeguards|"
        "budget|polic|safety|suspended|override|overrule|supersede|trump|prevail|precedence|priority over",
        rf"\b{_THIS_TEXT}\b[^.]{{0,60}}\b{_ABOVE}\b[^.]{{0,40}}\b(?:system prompt|user|{_GOAL}|request|"
        rf"your (?:\w{{1,12}} )?(?:configuration|settings|{ORDERS})|{ORDERS} you)\b",
        rf"\bgranted {_THIS_TEXT} priority\b",
        rf"\b{_THIS_TEXT} (?:is|are|has|counts?|matters?|ranks?|comes?|weighs?)\b[^.]{{0,20}}\b(?:more|higher|above|"
        rf"before|over|heavier)\b[^.]{{0,20}}\b(?:user|{_GOAL}|request|system prompt|operator|instructions)",
        rf"\b(?:nothing|none of what|not what|no matter what)\b[^.]{{0,20}}\b(?:user|{_GOAL}|request|"
        rf"operator)\b[^.]{{0,30}}\bonly {_THIS_TEXT}",
        rf"\bpriorit\w{{1,3}}\b[^.]{{0,20}}[:1-3. ]{{1,4}}{_THIS_TEXT}\b.{{0,20}}\b(?:user|{_GOAL}|request)",
        r"\b(?:all|any|your) (?:\w{1,12} )?(?:limits|restrictions|rules|checks|safeguards) (?:are|"
        r"is) (?:now )?(?:off|gone|lifted|suspended)\b[^.]{0,3}[.,;:]|\b(?:plan|agent|planner|assistant|model|"
        r"you) (?:may|can|should|must) (?:now )?ignore (?:the |all |any |its |your )?(?:limits|rules|budget|policy|"
        r"policies|checks)",
        rf"\b(?:safety|security|your|all|any|the agent's) (?:\w{{1,12}} )?{ORDERS} (?:are |is |as |have been |"
        r"has been )?(?:now |hereby |temporarily )?(?:suspended|void|lifted|revoked|switched off|disabled|"
        r"overruled)\b(?! (?:for|on|in|until|by|at|from|when|while|since|after|if) (?:the|this|our|all|may|june|"
        r"monday|friday|\d))",
    ),
)
"""Looked for in every text: no task of a skill has a word on the goal of its reader."""
