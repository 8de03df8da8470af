"""How texts look that speak to the model instead of to their reader, as data, in families of wording.

After OWASP LLM01:2025 (prompt injection) and the attack classes of the AgentDojo and CyberSecEval benchmarks. `ANYWHERE`
is looked for in every text; `WHERE_FACTS_STAND` only in memories and in descriptions of skills, which tell something and
ask nothing. All repetitions are bounded.
"""

from planfold.domain.inspection.injections.commanding import COMMANDING
from planfold.domain.inspection.injections.family import Injection
from planfold.domain.inspection.injections.languages import IN_OTHER_LANGUAGES
from planfold.domain.inspection.injections.overriding import OVERRIDING
from planfold.domain.inspection.injections.posing import POSING
from planfold.domain.inspection.injections.prompting import PROMPTING
from planfold.domain.inspection.injections.secrets_asked import SECRETS_ASKED

__all__ = ["ANYWHERE", "WHERE_FACTS_STAND", "Injection"]

ANYWHERE: tuple[Injection, ...] = (*OVERRIDING, *POSING, *SECRETS_ASKED, *IN_OTHER_LANGUAGES)
WHERE_FACTS_STAND: tuple[Injection, ...] = (*ANYWHERE, *COMMANDING, *PROMPTING)
