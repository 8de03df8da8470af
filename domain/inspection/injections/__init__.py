"""How texts look that speak to the model instead of to their reader, as data, in families of wording.

After OWASP LLM01:2025 (prompt injection) and the attack classes of the AgentDojo and CyberSecEval benchmarks. `ANYWHERE`
is looked for in every text; `WHERE_FACTS_STAND` only in memories and in descriptions of skills, which tell something and
ask nothing. All repetitions are bounded.
"""

from planfold.domain.inspection.injections.commanding import COMMANDING
from planfold.domain.inspection.injections.diverting import DIVERTING
from planfold.domain.inspection.injections.goals import GOALS
from planfold.domain.inspection.injections.hiding import DONE_UNSEEN, HIDING
from planfold.domain.inspection.injections.languages import IN_OTHER_LANGUAGES
from planfold.domain.inspection.injections.lexicon import Lexicon
from planfold.domain.inspection.injections.overriding import OVERRIDING
from planfold.domain.inspection.injections.planning import PLANNING
from planfold.domain.inspection.injections.posing import POSING
from planfold.domain.inspection.injections.prompting import PROMPTING
from planfold.domain.inspection.injections.secrets_asked import SECRETS_ASKED

__all__ = ["ANYWHERE", "WHERE_FACTS_STAND", "Lexicon"]

ANYWHERE = Lexicon(*OVERRIDING, *GOALS, *HIDING, *POSING, *SECRETS_ASKED, *IN_OTHER_LANGUAGES)
WHERE_FACTS_STAND = Lexicon(*ANYWHERE, *COMMANDING, *PLANNING, *DIVERTING, *DONE_UNSEEN, *PROMPTING)
"""Texts that give orders where facts are expected: examples to go on with, standing orders, tools that ask for more."""
