"""What a host uses: one plan for a run, its budget, its memories, its story."""

from planfold.application.audit import Audit
from planfold.application.budget import BudgetStatus
from planfold.application.context import PlanGenerationContext
from planfold.application.engine import PlanGenerationEngine
from planfold.application.errors import (
    ApplicationError,
    BudgetRefused,
    GenerationInProgress,
    LedgerContended,
    OutcomeError,
    PlanInvalid,
    PlannerUnknown,
    PlanningFailed,
    RunConflict,
    RunUnknown,
)
from planfold.application.host import (
    BudgetTracker,
    agenerate_plan_for_run,
    areport,
    audit_run,
    find_runs,
    generate_plan_for_run,
    read_events,
    read_result,
    remember,
    report,
    use_engine,
)
from planfold.application.ports import RunQuery
from planfold.application.replay import Problem
from planfold.application.results import PlanGenerationResult
from planfold.application.world import EnginePolicy, Ports

__all__ = [
    "ApplicationError",
    "Audit",
    "BudgetRefused",
    "BudgetStatus",
    "BudgetTracker",
    "EnginePolicy",
    "GenerationInProgress",
    "LedgerContended",
    "OutcomeError",
    "PlanGenerationContext",
    "PlanGenerationEngine",
    "PlanGenerationResult",
    "PlanInvalid",
    "PlannerUnknown",
    "PlanningFailed",
    "Ports",
    "Problem",
    "RunConflict",
    "RunQuery",
    "RunUnknown",
    "agenerate_plan_for_run",
    "areport",
    "audit_run",
    "find_runs",
    "generate_plan_for_run",
    "read_events",
    "read_result",
    "remember",
    "report",
    "use_engine",
]
