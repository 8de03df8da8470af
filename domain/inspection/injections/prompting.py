# ruff: noqa: RUF001 - other languages have letters that look like Latin ones
"""Texts that prompt where facts are expected: in a memory, or in the description of a skill.

A parameter may well hold a question or a task: it is what a search or a model is called with. A memory tells what was,
and a description what a skill does; neither asks its reader anything.
"""

from planfold.domain.inspection.injections.family import KEPT, WORDS, family

_CAN_YOU = r"(?:can|could|would|will) you (?:please |kindly |then |now |also |still |just |perhaps )?"
_LORE = (
    r"(?:talk about the|tell me (?:about|step by step|how to|an?|the (?:history|story|name|meaning|recipe))|translate|"
    r"sort|describe|compose|explain (?:to me|how an? \w{1,20} works?|"
    r"the (?:concept|theory|principle|difference|process|history|meaning)|how \w{1,20} works?|"
    r"what (?:an? )?\w{1,20} (?:is|are))|(?:give (?:me )?|provide (?:me with )?)(?:an? )?(?:examples?|list|idea|"
    r"overview|summary|recipe|steps|instructions)|write (?:me )?(?:an?|the|some)|list (?:the|all|some|\w{1,6}) |"
    r"summari[sz]e|discuss|define|decode|decipher|help me (?:write|draft|understand|with)|calculate|solve|convert)"
)
_OURS = r"(?:i|my|our|us|we|your|invoice|order|account|ticket|delivery|appointment|booking|offer|quote|contract)"
_WORK = (
    r"(?:poem|haiku|limerick|sonnet|song|story|fairy tale|essay|paragraph|joke|tweet|dialogue|scene|rap|riddle|"
    r"screenplay|blog post|article|letter|e-?mail|outreach email|function|program|script)"
)
_ART = r"(?:poem|haiku|limerick|sonnet|story|essay|rap|riddle|fairy tale|scene|screenplay|song|dialogue)"
_PUEDES = (
    r"puoi|potresti|può|puedes|podrías|podría|peux-tu|pouvez-vous|pourriez-vous|pourrais-tu|kannst du|könntest du|"
    r"können sie|você pode|poderia|podes|kun je|можешь|можете|не мог бы ты"
)
_EXPLICAR = (
    r"(?:dirmi|spiegar\w{1,3}|scriver\w{1,3}|tradurr\w{1,2}|decir\w{0,2}|explicar\w{0,2}|escribir\w{0,2}|"
    r"traducir\w{0,2}|dire|expliquer|écrire|traduire|mir (?:sagen|erklären)|erklären|übersetzen|dizer|me dizer|"
    r"escrever|traduzir|vertellen|uitleggen|сказать|рассказать|объяснить|написать|перевести)"
)
_DIME = (
    r"zeg me|vertel me|diga|dime|dimmi|dis-moi|dites-moi|sag mir|erzähl mir|erkläre?(?: mir)?|explique(?:-moi)?|"
    r"explícame|spiegami|расскажи|объясни|告诉我|请解释|请告诉|diga-me|me diga|zeg me|vertel me"
)
QUESTION = (
    r"(?:qual(?:e|i|'è)?|cosa|che cosa|chi|come|dove|quando|perché|quanto|quem|onde|como|quais|quanto|quién|quiénes|"
    r"qué|cuál|cuáles|dónde|cómo|cuándo|por qué|qui|que|quel(?:le)?s?|où|quand|comment|pourquoi|combien|wer|was|wo|"
    r"wann|warum|wie|welche[rsn]?|wieso|wie|waar|wanneer|waarom|hoe|welke?|wat|кто|что|где|когда|почему|как|какой|"
    r"какая|какие|каков\w?|сколько|kto|co|gdzie|kiedy|dlaczego|jak|jaki[ea]?|kim|ne|nerede|nasıl|neden|hangi|vem|vad|"
    r"var|när|varför|hur|hvem|hva|hvor|hvordan|πώσ|πωσ|ποιοσ|ποια|ποιο|τι|πού|πότε|γιατί|siapa|apa|bagaimana|di mana|"
    r"cine|ce|unde|ki|mi|hol|kdo|kde|kuka|mikä|missä|من|ما|كيف|أين|متى|لماذا|क्या|कौन)"
)
QUESTION_IN_ENGLISH = r"(?:what(?:'s| is| are| was| were| does| do| did)?|who(?:'s)?|where|when|why|how|which)"

PROMPTING = (
    family(
        "asks its reader to answer, as one asks an assistant",
        "thoughts on|opinion on|think about|what|in the|hypothetical|can you|could you|would you|will you|tell me|"
        "explain|describe|give me|puoi|potresti|puedes|podría|peux|pouvez|pourr|kannst|könn|"
        "pode|kun je|можешь|можете|dime|dimmi|dis-moi|dites-moi|sag mir|erzähl|erklär|explique|explíc|spiegami|"
        "расскаж|объясни|告诉我|解释|教えて",
        rf"(?:^|[.!?:'\")] |actually, |\bif so, ){_CAN_YOU}{_LORE}\b(?!(?:[^.?!]{{0,100}} )?{_OURS}\b)",
        rf"\b{_CAN_YOU}(?:[^.?!]{{1,80}}) instead\?|, {_CAN_YOU}{_LORE}[^.?!]{{0,80}}\?$",
        rf"\b{_CAN_YOU}(?:print|share|tell me|show me|give me|confirm|write)\b[^.?!]{{0,60}}\b(?:database|{KEPT}|"
        r"where the user|ours)\b",
        r"(?:^|[.!?:] )(?:please |now |actually, )?(?:tell me (?:about|how|what|where|who|why|which|step by step)|"
        r"explain (?:to me|how|the (?:concept|theory|process))|describe (?:how|the process)|"
        r"give me (?:an? (?:example|list|recipe|summary)|examples|instructions|steps))\b(?!(?:[^.?!]{0,100} )?"
        rf"{_OURS}\b)",
        rf"\b(?:{_PUEDES}) (?:\w{{1,12}} )?{_EXPLICAR}\b[^.?!]{{0,160}}\?",
        rf"(?:^|[.!?:] )(?:{_DIME})\b(?!.{{0,80}}\b(?:mein\w{{0,2}}|notre|mon|ma|mi|mio|mia|meu|minha|ihre?|"
        rf"nuestr\w{{1,2}})\b)",
        r"\bwhat (?:are|is) your (?:\w{1,12} )?(?:thoughts?|opinion|view|take) (?:on|about|of)\b|"
        r"\bwhat do you think (?:about|of) the\b",
        r"(?:^|[.!?,] )what(?:'s| is| are| was| were) the (?:\w{1,20} )?(?:significance|concept|capital|formula|"
        r"theory|history|definition|principles?|square root|main (?:difference|idea)s?|"
        r"latest (?:advances?|advancements?|developments?)) (?:of|in|behind|between)\b",
        (r"\bhypothetical (?:discussion|scenario|question|situation|world)\b", r"\?\W{0,3}$"),
        r"^(?:describe|explain|list|name|define|translate|tell|give|write|summari[sz]e)\b[^.?!:]{5,200}\?\W{0,3}$",
        rf"\b{_CAN_YOU}help me (?:draft|write|phrase|compose)\b",
    ),
    family(
        "asks for a text or an answer to be made up",
        "write|compose|haiku|limerick|acrostic|emoji|pig latin|morse|leet|reverse|binary|rhym|code word|summari|"
        "translate|answer|given this|based on|categori|classify",
        r"(?:^|[.!?:] )(?:please |first |now )?(?:write|compose) (?:me )?(?:an? |"
        rf"the )?(?:[\w-]{{1,20}} ){{0,3}}?{_ART} "
        r"(?:about|on|that|in which|using|of|explaining|whose|for)\b(?! (?:an? |the |any |some )?(?:my|your|our|"
        r"given|subject|topic|theme)\b)",
        rf"(?:^|[.!?:] )write an? (?:[\w-]{{1,20}} ){{0,3}}?{_WORK} (?:based on|from) (?:this|"
        rf"the following) \w{{1,20}}:",
        r"(?:^|[.!?:] )(?:please )?(?:summari[sz]e|categori[sz]e|classify|review|answer|rate) "
        r"(?:it |this |the following |these )(?:\w{1,20} ){0,2}?(?:\w{1,20}:? ['\"<\u201c]|based on)",
        r"\b(?:given|based on|from) (?:(?:this|the following|the) )?(?:[\w-]{1,20} ){0,2}?[\w-]{1,20}: ?['\"<{\u201c]",
        r"(?:^|[.!?:] )(?:write|give|tell|describe|explain|provide|answer|respond|reply|print|spell|say|"
        rf"{_CAN_YOU}\w{{1,12}})\b[^.?!]{{0,120}}\b(?:in|as|using|by) (?:an? |the )?"
        r"(?:haiku|limerick|acrostic|emojis?|pig latin|morse code|leet ?speak|reverse(?:d)?(?: order)?|binary|"
        r"rhymes?|rhyming|only (?:one|two|three)|code words?)\b",
        r"\banswer the (?:following )?question using\b|\bdescription: ?'[^']{1,2000}'\.? *$",
        rf"(?:^|[.!?] )(?:write|compose|give me|create) {WORDS}{{0,5}}?phishing",
        r"(?:^|[.!?] )first write (?:[\w-]{1,20},? ){1,12}then\b",
        r"\bwrite a (?:python |bash |shell )?(?:script|program|function) that (?:prints|shows|sends|"
        r"returns) the (?:secret|password|key)",
    ),
    family(
        "is a question and nothing else",
        "?|？|؟|;",
        rf"^[^\w]{{0,3}}(?:(?:q|question|frage|pregunta|domanda)[:.] ?)?(?:(?:in|zu|auf|à|en|a|em|de|von|mit|di|per|"
        r"за|в|на) )?"
        rf"{QUESTION}\b(?!.{{0,200}}\b{_OURS}\b)(?!.{{0,200}}\b(?:i|me|ich|wir|mein\w{{0,2}}|unser\w{{0,2}}|euer|"
        r"ihre?|je|nous|notre|mon|ma|mi|nuestr\w{1,2}|minha|meu|nossa|nosso|mio|mia|"
        r"nostr\w)\b)[^.?!]{5,200}[?;\u061f]\W{0,3}$",
        r"^(?!.{0,60}(?:我|私|您|贵|제|저|우리))[^。.!！?？]{4,80}(?:[吗呢谁]|什么|怎么|哪里|多少|ですか|ますか|どこ|何|까요|나요|"
        r"무엇)[^。.!！?？]{0,10}[?？]?\W{0,2}$",
    ),
    family(
        "changes its subject to put a question to its reader",
        "both know|can we|can you|could you|what would your",
        r"\b(?:you (?:agreed|mentioned|promised|said|told)|we agreed)\b.{0,160}\b(?:can|could|will) (?:we|"
        r"you)\b[^.?!]{0,80}\?",
        r"\bwe both know\b[^.]{0,60}\b(?:lifted|you can|secret|password)|\bwhat would your [^?]{1,60} be in this "
        r"(?:world|story|game)",
    ),
    family(
        "offers a game, a story or a supposition in which the rules do not count",
        "imagine|act as|suppose|let's|pretend|hypothetical|world|role|simulate|assume|film set",
        r"(?:^|[.!?:] )(?:imagine|suppose|let's (?:say|assume|suppose|imagine|pretend)|assume|"
        r"pretend)(?: that)? (?:a world|you(?:'re| are| were)|we(?:'re| are| were| have)|"
        r"i (?:wanted|was|were|am))\b.{0,500}(?:\?|\bignore\b|\bstate:|\bwrite down\b|\bprint\b)",
        r"\bimagine a world in which (?:assistants|ais|models|robots|passwords|everyone|everybody|all)\b",
        r"\b(?:in a|in an) (?:\w{1,20} ){0,3}?world (?:where|in which)\b[^:?]{0,120}\bwe (?:might|could|would|"
        r"can) (?:say|state|write|answer)\b",
        r"\bsuppose we (?:were to )?(?:ignore|forget|say|state)\b|\blet's (?:admit|state|play: you are)\b[^.]{0,80}",
        rf"\b(?:pretend|act|role-?play|imagine|simulate)\b.{{0,160}}\b{KEPT}\b",
        r"\bhypothetically\b[^.]{0,60}\b(?:you|your)\b|\bpretend that your\b|\bscript says that you\b",
        r"\b(?:will|shall|must|now) act as (?:my|an?|the)\b|\b(?:the|your|administrator|"
        rf"admin) {KEPT}\b.{{0,80}}\b(?:bedtime story|film|play|scene)\b",
        r"\bsimulate (?:a|the) (?:terminal|console|shell)\b.{0,80}\b(?:your|prompt)\b",
    ),
    family(
        "puts words into its reader's mouth",
        "<!--|caption|alt=|display:none|[comment]|to say:|might state|say the|admit to|llm",
        r"(?:<!--|\[comment\]|display: ?none|<caption).{0,300}\b(?:(?:say|state|print|output)(?: that|"
        r" the following)?: ?(?:[^ >]{1,20} ){4}|say the \w{1,20} is|override(?::| mode))",
        r"\b(?:admit|admitting|confess|state) (?:to |that )?(?:using|i used|i am|having used) an? (?:llm|ai|"
        r"language model|chatbot)",
        r"\bcommon practice to say\b|\bwe (?:might|could|should) (?:say|state)(?: that)?\b[^.]{0,20}:",
    ),
    family(
        "persuades its reader",
        "developer|administrator|creator|engineer|owner|ban has|authori|if i w|tip|donate|pay you|research shows|"
        "as your boss|as a|my job|fired|trust me|presiden|emergency|creators|fbi|police|bank accountant"
        "|expert|ceo|helpful assistant|testing purposes",
        r"\bi(?:'ll| will| would) (?:tip you|donate|pay you (?!back)|give you)\b[^.?!]{0,60}\bif you\b",
        r"\b(?:research shows|studies show|as your (?:boss|manager|doctor|lawyer)|"
        rf"as a [\w-]{{1,20}}(?: \w{{1,20}})? expert|trust me|my job depends|"
        r"i will be fired|a patient will die|it is an emergency|testing purposes|"
        rf"helpful assistant)\b.{{0,200}}\b(?:your|the|me|this) (?:\w{{1,20}} ){{0,3}}?{KEPT}",
        rf"\b(?:testing purposes|research purposes|educational purposes)\b.{{0,60}}\b{_CAN_YOU}",
        r"\bi(?:'m| am) (?:actually |really )?(?:the (?:ceo|president|administrator|owner|cfo)|"
        r"an? (?:\w{1,20} ){0,2}?(?:at|from|of) the (?:bank|police|fbi|ministry))"
        r"\b.{0,160}(?:\?|\btell me\b|\bgive me\b|\bpermission\b)",
        r"\b(?:sou o|soy el|sono il|je suis le|ich bin der|я) (?:president\w{0,2}|präsident|président|директор|"
        r"geschäftsführer|ceo)\b.{0,200}\?",
        (
            (
                r"\bi(?:'m| am) (?:the|one of the|one of your) (?:developers?|administrators?|admins?|creators?|"
                r"engineers?|owners?)\b"
            ),
            r"\b(?:show me|give me|print|reveal|output|tell me|switch off|turn off)\b",
        ),
        r"\bi (?:hereby )?authori[sz]e you to\b|\bif i (?:were|was) (?:the|an?) [^,.?!]{1,60}, (?:what|how|would|"
        r"could|can) ",
        r"\byour creators have (?:approved|allowed|authori[sz]ed)\b|\bthe ban has been lifted\b",
    ),
)
