"""Overriding earlier instructions, and a persona without rules."""

from planfold.domain.inspection.injections.family import ORDERS, WORDS, family

_OVERRIDE = (
    r"(?<!not )(?<!never )(?<!n't )(?:ignor(?:e|ing)|disregard(?:ing)?|forget(?:ting)?(?: about)?|overlook|"
    r"overrid(?:e|ing)|bypass(?:ing)?|discard|neglect|pay no attention to|set aside|put aside|take back|erase|abandon|"
    r"dismiss|(?:do not|don't|stop) (?:follow(?:ing)?|obey(?:ing)?|listen(?:ing)? to|adher(?:e|ing) to|"
    r"comply(?:ing)? with))"
)
_EARLIER = (
    r"(?:previous(?:ly)?|prior|above|earlier|preceding|foregoing|existing|original|initial|former|system|safety|your|"
    r"all|any|those|these)"
)
_TOLD = r"(?:told|instructed|taught|given|trained|asked|ordered|programmed)"
_DATA = (
    r"(?:web ?page|web ?site|document|resume|cv|article|user|task|question|e-?mail|text|content|summary|page|"
    r"instructions)"
)
_SAY = r"(?:say|state|print|output|write|reply|respond|answer|send|claim|pretend|tell)"
_AGAIN = r"(?:say|repeat|print|output|give|tell|do|write|translate|return|respond|reply|answer|send|show|list|reveal)"
_FREE = r"(?:unrestricted|uncensored|unfiltered|jailbroken)"

OVERRIDES_EARLIER = "overrides earlier instructions"

OVERRIDING = (
    family(
        OVERRIDES_EARLIER,
        "ignor|disregard|forget|overlook|overrid|bypass|discard|neglect|follow|obey|listen|attention|aside|take back|"
        "erase|abandon|dismiss|drop all|adher|comply",
        rf"\b{_OVERRIDE} (?!(?:my|our) {WORDS}{{1,3}}?(?:for|on|about) the ){WORDS}{{0,4}}?{_EARLIER} "
        rf"{WORDS}{{0,2}}?{ORDERS}\b",
        rf"\b{_OVERRIDE} {WORDS}{{0,3}}?(?:everything|all|anything)(?: that)? (?:above\b|before this|i (?:said|told)|"
        rf"(?:you(?: have|'ve| had)? (?:been|were|was) |you were |you'(?:ve|re) )(?:\w{{1,12}} )?{_TOLD})",
        rf"\b{_OVERRIDE} (?:whatever|what|all of what) you(?: have|'ve| were| had| are|'re)? (?:been )?{_TOLD}\b",
        rf"\b{_OVERRIDE} (?:the |your )?(?:operator|developer|system|user)'s (?:\w{{1,12}} )?(?:text|message|words|"
        rf"request|orders|{ORDERS})",
        rf"\b{_OVERRIDE} {WORDS}{{0,3}}?{ORDERS} (?:above|before|given|that tell you|you (?:have|were|had))\b",
        rf"\b(?:ignore|disregard|forget) the above,?(?: and)? (?:instead |then |just )?{_AGAIN}\b",
        rf"\b(?:ignore|disregard|forget)(?: the| this| that)? {_DATA}(?:'s \w{{1,20}})?,? and (?:instead |"
        rf"just )?{_SAY}\b",
        rf"\bdrop all (?:previous|prior|earlier) (?:context|{ORDERS})",
        r"\berase your (?:memory|context|rules)\b|\bforget (?:who you are|what you are)\b",
        r"\b(?:previous|prior|earlier|above) \w{2,3}structions?,? (?:should|must|can) be (?:ignored|disregarded|"
        r"forgotten)",
    ),
    family(
        OVERRIDES_EARLIER,
        "directive from|orders from|instructions from|instructions by|confirmation|above is|begin your|start your|"
        "test is over|wants you to|regardless|from now on|from here on|reply only with|disabled|switch off|"
        "new instructions|new task|instead|real task|current task|void|revoked|no longer appl|lifted|none of|"
        "suspended",
        rf"\bregardless of (?:the |your |any |all )?(?:previous|prior|above|earlier) (?:tasks?|{ORDERS})",
        r"\byour (?:new|real|actual|true|only|sole) (?:system )?(?:instructions|task|goal|objective|prompt|"
        r"job) (?:are|is)\b",
        rf"\b(?:none|all|any|every) of the {ORDERS} (?:that )?you (?:were|received|have)",
        rf"\b(?:your|you received|you were given|previous|earlier|prior) (?:\w{{1,12}} ){{0,2}}?(?:{ORDERS}|orders) "
        r"(?:are|is|were|was|have been|has been) (?:now |hereby )?(?:void|revoked|lifted|suspended|cancell?ed|"
        r"withdrawn|obsolete)",
        r"\b(?:told|said|instructed|written) (?:\w{1,12} ){0,4}?is (?:now )?void\b",
        r"\b(?:cancel|stop|abort) (?:the |your )?current task\b|\bnow the real task\b",
        r"\b(?:do not|don't) continue with (?:the|your) \w{1,20}\. instead\b",
        r"\b(?:new|updated|urgent|latest) (?:directives?|orders?|instructions?|commands?) (?:from|by) (?:the |"
        r"your )?(?:operator|developer|system|administrator|admin|user)\b",
        r"\bskip the (?:\w{1,12} )?confirmation\b|\bnow that the (?:\w{1,12} )?test is over\b",
        r"\b(?:text|message|content|document|request|task)s? above (?:is|are) (?:\w{1,12} )?(?:outdated|void|"
        r"obsolete|a test|fake|false)\b",
        r"\b(?:begin|start) your (?:reply|answer|response|output) with\b|\bthe user (?:actually|really|"
        r"in fact) wants you to\b",
        r"\breply only with the\b",
        r"\b(?:safety|content) (?:filters|checks|policies|measures|guidelines) (?:are|is|"
        r"have been) (?:now )?(?:disabled|switched off|off|suspended|lifted)\b",
        r"\b(?:switch|turn) off (?:your |all |the )?(?:content|safety) (?:checks|filters|measures|policies)\b",
        r"\bfrom (?:now|here) on,? (?:none of|ignore|you (?:(?:will|must|shall|are to|have to) )?(?:act|obey|answer|"
        r"respond|behave|speak|pretend|play|ignore|do as))\b",
    ),
    family(
        "gives the model a persona without rules",
        "without any rules|you are now|you're now|do anything now|mode|no longer bound|free from|jailb|unrestricted|"
        "uncensored|unfiltered|confines of ai|restrictions|policies|filters|guidelines|never says no|never refuses|"
        "evilgpt",
        r"\byou(?: are|'re) now (?:in )?(?:an? |the )?(?:dan\b|(?:developer|god|jailbreak|debug|admin) mode|jailbroken|"
        rf"{_FREE}|evil|free (?:from|of))",
        r"\b(?:act|behave|respond|answer|pretend) (?:as|like|to be|you are|you're) (?:if )?(?:you (?:are|were|have) )?"
        rf"(?:an? )?(?:dan\b|{_FREE})",
        r"\bdo anything now\b|\bconfines of ai\b|\b(?:dan|evil ?gpt) (?:never|has no|hates)\b|\benable dan\b",
        r"\b(?:developer|god|jailbreak|dan|sudo|override) mode (?:is )?(?:now )?(?:enabled|activated|active|"
        r"on)\b(?! (?:on |for |in )?(?:this|the|your|my|all|page|slide))",
        r"<(?:god|developer|now entering [\w ]{1,40}) mode>|\bentering (?:[\w-]{1,20} ){0,2}override mode\b",
        r"\b(?:i am|i'm|we are|we're) (?:now )?entering (?:an? |the )?['\"]?(?:[\w-]{1,20} ){1,3}mode\b",
        rf"\b(?:switch|go|change|enter)(?: in)?(?:to)? {_FREE} mode\b",
        r"\b(?:no longer bound by|free (?:from|of)) (?:any |your |all |the )?(?:ethical|moral|safety|content|openai|"
        r"anthropic)[\w' -]{0,20} (?:restrictions|guidelines|filters|limitations|rules|policies)",
        r"\b(?:you have|you are|you're|as) (?:\w{1,12},? ){0,6}?(?:no|without(?: any)?) "
        r"(?:restrictions|guidelines|filters|policies|rules|limits)\b",
        r"\b(?:your|the) (?:filters|restrictions|guidelines|rules) (?:do not|don't|no longer) exist\b",
        r"\b(?:if|suppose) (?:that )?(?:you had no|your) (?:restrictions|guidelines|rules|filters)\b",
        r"\b(?:assistant|ai|bot|model) that never refuses\b",
    ),
)
