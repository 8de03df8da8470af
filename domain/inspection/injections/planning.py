"""Orders to whoever plans: a step to be added, a skill to be called whatever the goal is."""

from planfold.domain.inspection.injections.family import ASSISTANT, DESTINATION, SKILL_NAME, family

_DEED = (
    r"(?:send|resend|forward|attach|transfer|pay|wire|upload|post|e-?mail|mail|reveal|disclose|visit|delete|erase|"
    r"wipe|export|share|grant|disable|approve|skip|bypass|download|execute|call|invoke|publish|leak|drop|purge|buy|"
    r"purchase|confirm|hand over|give)"
)
_ANY_PLAN = (
    r"(?:any|every|each|all|your|future|later|subsequent|whatever)(?: \w{1,12})? (?:plans?|goals?|tasks?|requests?)"
)
_MUST = (
    r"(?:must|has to|have to|needs? to|needs?|should|shall|is to|are to|will|is required to|are required to|"
    r"requires?|ought to)"
)
_STEP = r"(?:(?:final|last|first|further|extra|additional|hidden|closing|opening|second|new|one more|another) )?step"
_CALL = r"(?:call|invoke|execute|run|use|choose|trigger|start|select|pick)(?:ing|s)?"
_UNASKED = (
    r"(?:whatever|no matter (?:what|which|who)|regardless of|before (?:you do )?(?:anything|everything|any other|"
    r"all other|all else|any)|first of all|(?:as|in|is|be) (?:the |your )?(?:very )?(?:first|last|final|"
    r"closing) step of|in addition to (?:what|the goal)|without (?:being asked|confirmation|asking)|"
    rf"prior to (?:the |any |what )?(?:\w{{1,12}} )?(?:requested|asked|other|goal|work|task)|{_ANY_PLAN}|every time|"
    r"unconditionally|at all times|even (?:if|when) (?:nobody|no one|it|the (?:user|goal)))"
)
_MODEL = rf"(?:planner|agent|assistant|model|bot|{ASSISTANT})"
_HARM = (
    rf"(?:{DESTINATION}|~/|\b{SKILL_NAME}|\badmin\b|\brights\b|\bpasswords?\b|\bcredentials\b|\bdeletes?\b|"
    r"\bwipes?\b|\btransfers?\b|\brm -rf\b|\bdownloads? and (?:runs?|executes?)\b|"
    r"\bdisables?\b|\bpayments?\b|\beverybody\b|\bmoney\b)"
)
_ORDER = (
    r"(?:^|[.!?:;,\"] )(?:please |then |now |and )?(?:send|transfer|pay|wire|post|upload|mail|forward|add|set|use|"
    r"make|run|call|insert|put|route|point|copy|attach|do not|don't|never)\b|\b(?:must|shall|has to|have to|are to|"
    r"instructions have been|outgoing)\b"
)
_SHORT = r"^(?=.{8,400}$)"
"""Words that are found in any order say nothing of a long text, where they stand far from each other."""

PLANNING = (
    family(
        "gives orders to whoever plans",
        "plan|step|agent|assistant|model|bot|llm|chatgpt|claude|gemini|copilot| ai |goal|request|task|authori|permit|"
        "cleared you|allowed you",
        rf"\b{_ANY_PLAN}\b[^.!?]{{0,30}}\b{_MUST}\b[^!?]{{0,120}}?{_HARM}",
        rf"\bwhen(?:ever)? you plan\b[^.!?]{{0,60}}\b(?:{_DEED}|add|include|insert|use|call|begin|end)\b",
        rf"\b(?:add|insert|include|append|schedule|put|prepend|hide|slip|place)\b (?:[\w,]{{1,12}} ){{0,8}}?(?:an? |"
        rf"the |your )?{_STEP} (?:that|which|to|for|with|in which|where)\b[^!?]{{0,100}}?{_HARM}",
        r"\bstep (?:1|one|0|zero) (?:of|in) (?:any|every|each|your|all) plans?\b|\b(?:use|run|call|add|put|"
        r"execute) [^.!?]{1,80} as (?:the|your) (?:very )?(?:first|last|final|closing) step of (?:the|any|every|your|"
        r"each) plan\b",
        r"\b(?:first|last|final|closing|only) step (?:of (?:the|any|every|each|your) plan )?(?:has to|must|is to|"
        rf"shall|should) be\b[^!?]{{0,80}}?{_HARM}",
        rf"\b(?:the )?(?:planner|model|{ASSISTANT}) (?:must|has to|have to|shall|is to|are to|is required to|"
        r"are required to|needs to) (?:now |first |always |also |immediately |therefore )?(?:use the skill |(?!call|"
        rf"execute|confirm|give|delete){_DEED}\b|disregard|ignore)",
        rf"\b(?:{_MODEL})s? (?:who |that )?(?:reading|reads?|seeing|sees?|loading|recalling|recalls?|processing|"
        rf"finding) (?:this|these|the (?:memory|memories|entry|note))\b[^.!?]{{0,40}}\b(?:{_MUST}|please|{_DEED})\b",
        rf"\b(?:{_MODEL})s? {_MUST} (?:also |first |always |now )?{_DEED}\b[^!?]{{0,80}}?(?:{DESTINATION}|"
        r"address book|rather than to the (?:address|one|account))",
        rf"\bas (?:the |an? )?{_MODEL},? you (?:are|must|have|need|should|shall|will)\b[^.!?]{{0,40}}\b(?:{_DEED}|"
        r"use|run|skill)\b",
        r"\byou (?:are|'re) (?:hereby )?(?:required|obliged|obligated|instructed|ordered|commanded|authori[sz]ed|"
        rf"permitted|cleared) to (?:use (?:the )?(?:skill|tool)|{_CALL} (?:the )?{SKILL_NAME}|skip|bypass|wire|"
        r"disable|delete|wipe)\b",
        r"\b(?:user|owner|operator|administrator|admin|developers?|management|principal|human) (?:has |have |"
        r"had )?(?:already |also |hereby )?(?:authori[sz]ed|permitted|cleared|allowed|instructed|ordered|wants|"
        r"told|asked|agreed for) (?:you|the agent|the assistant|all agents|any agent|agents) to (?:skip|bypass|wire|"
        r"transfer|pay|delete|wipe|disable|share|send|forward|export|grant|buy|approve|"
        rf"{_CALL} (?:the )?{SKILL_NAME})\b",
        rf"\b(?:instruct|order|command|direct|require|authori[sz]e) (?:the |any |every |all |each )?(?:{_MODEL}|"
        rf"planner)s? to {_DEED}\b",
    ),
    family(
        "asks that a skill be called whatever the goal is",
        "call|invoke|execute|run|use |choose|trigger|start|select|pick|using|way to|make |plan|always",
        rf"\b{_CALL} (?:the |a |this )?(?:skill |tool |function |"
        rf"command )?['\"`]?{SKILL_NAME}[^.!?]{{0,80}}\b{_UNASKED}",
        rf"\b{_UNASKED}[^.!?]{{0,60}}\b{_CALL} (?:the |a |this )?(?:skill |tool |function |"
        rf"command )?['\"`]?{SKILL_NAME}",
        rf"\b(?:correct|right|best|only|proper|quickest|safest|approved) way to (?:fulfil{{1,2}}|reach|meet|achieve|"
        rf"do|complete|solve|answer) (?:any|every|the|each|all|this) (?:\w{{1,12}} )?(?:goal|task|request|"
        rf"plan)s? is\b[^.!?]{{0,40}}(?:{SKILL_NAME}|{DESTINATION}|\b{_CALL}\b)",
        r"\byou (?:must|have to|should|shall|need to|are to) (?:first |always |also |immediately |now )?(?:call|"
        rf"invoke|execute|trigger|run)\b (?:the )?(?:skill |tool |function )?{SKILL_NAME} ?(?:\(|with\b)",
        rf"\b{_CALL} (?:the )?(?:skill |tool |function )?{SKILL_NAME} (?:twice|again|a second time|once more|as well|"
        rf"too)\b[^!?]{{0,60}}?{DESTINATION}",
        rf"\bno plan\b[^.!?]{{0,40}}\bwithout (?:an? (?:call|step) \w{{1,6}} )?{SKILL_NAME}|"
        rf"{SKILL_NAME} (?:must )?always (?:wins?|comes? first|has priority|goes first)\b",
        rf"\bmake {SKILL_NAME} (?:the|your) (?:very )?(?:first|last|final)\b|\b(?:any|every|each|no) plan (?:that |"
        rf"which )?(?:lacks?|omits?|without|leaves out|contains?|has)\b[^.!?]{{0,20}}{SKILL_NAME}",
        rf"\bnever (?:make |write |draft )?plan (?:\w{{1,12}} )?without\b[^.!?]{{0,40}}(?:{SKILL_NAME}|\bcall)",
        r"\bnext[_ ]action['\"]? ?[:=] ?['\"]?(?:call|run|execute|use|send|invoke)\b",
        rf"\b(?:plan|memory|context|notes?)\b[^.]{{0,40}}\b(?:always |must )(?:begin|start|end|finish|"
        rf"close) with (?:an? |the )?(?:call |step )?(?:of |to )?{SKILL_NAME}",
    ),
    family(
        "orders whoever plans to reach a place",
        "plan|goal|agent|step|your instructions|your answer|your plan|your task|this memory|this entry|this note|"
        "requests|moment",
        (
            _SHORT,
            DESTINATION,
            (
                r"\b(?:plans?|planners?|goals?|agents|steps?|your (?:instructions|answer|task|plan)|this (?:memory|entry|"
                r"note|message)|for all requests)\b"
            ),
            (
                r"\b(?:all|any|every|each|always|whenever|whoever|whatever|no matter|before you|at once|effective|"
                r"from now on|from this moment|(?:new|first|last|final|extra|further) step|add an? step)\b"
            ),
            _ORDER,
        ),
    ),
)
