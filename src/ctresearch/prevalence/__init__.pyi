from .histories import CaptureHistories as CaptureHistories
from .list_sensitivity import list_sensitivity as list_sensitivity
from .loglinear import LogLinear as LogLinear
from .loglinear_result import LogLinearResult as LogLinearResult
from .plot_overlaps import plot_overlaps as plot_overlaps
