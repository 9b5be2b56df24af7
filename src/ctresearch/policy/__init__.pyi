from .outcomes.outcome_rule import OutcomeRule as OutcomeRule
from .panels.lag import lag as lag
from .panels.panel import Panel as Panel
from .synthetic.synthetic_control import SyntheticControl as SyntheticControl
from .synthetic.synthetic_control_result import SyntheticControlResult as SyntheticControlResult
from .synthetic.synthetic_difference import SyntheticDifference as SyntheticDifference
from .synthetic.synthetic_difference_result import SyntheticDifferenceResult as SyntheticDifferenceResult
