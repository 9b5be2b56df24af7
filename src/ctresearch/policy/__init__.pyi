from .outcomes.outcome_rule import OutcomeRule as OutcomeRule
from .outcomes.policy_result import PolicyResult as PolicyResult
from .panels.lag import lag as lag
from .panels.panel import Panel as Panel
from .panels.panel_regression import PanelRegression as PanelRegression
from .panels.panel_regression import PanelRegressionResult as PanelRegressionResult
from .panels.two_way_weights import TwoWayResult as TwoWayResult
from .panels.two_way_weights import TwoWayWeights as TwoWayWeights
