from .outcomes.outcome_rule import OutcomeRule as OutcomeRule
from .panels.lag import lag as lag
from .panels.panel import Panel as Panel
