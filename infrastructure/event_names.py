"""The name of every event, as it is stored: ours, so that a class may move to another file without losing history."""

from planfold.domain import ledger, plan_generation
from planfold.domain.frozen import Fact

RUN_FACTS: dict[str, type[Fact]] = {
    "ContextBuilt": plan_generation.ContextBuilt,
    "MemoryRetrieved": plan_generation.MemoryRetrieved,
    "PlanDrafted": plan_generation.PlanDrafted,
    "DraftFailed": plan_generation.DraftFailed,
    "PlanValidated": plan_generation.PlanValidated,
    "BudgetChecked": plan_generation.BudgetChecked,
    "RunReported": plan_generation.RunReported,
}
LEDGER_FACTS: dict[str, type[Fact]] = {
    "CreditGranted": ledger.CreditGranted,
    "CreditRevoked": ledger.CreditRevoked,
    "LimitsChanged": ledger.LimitsChanged,
    "CreditHeld": ledger.CreditHeld,
    "HoldExtended": ledger.HoldExtended,
    "HoldSettled": ledger.HoldSettled,
    "SettlementCorrected": ledger.SettlementCorrected,
    "HoldReleased": ledger.HoldReleased,
    "ScopePaused": ledger.ScopePaused,
    "ScopeResumed": ledger.ScopeResumed,
}
FACTS = RUN_FACTS | LEDGER_FACTS
NAMES: dict[type[Fact], str] = {fact: name for name, fact in FACTS.items()}


def belongs(name: str, stream: str) -> bool:
    """Whether an event of this name may stand in this stream: a run's in a run, a ledger's in a ledger."""
    kind = stream.split("/", 2)[1]
    return name in (RUN_FACTS if kind == "run" else LEDGER_FACTS if kind == "ledger" else ())
