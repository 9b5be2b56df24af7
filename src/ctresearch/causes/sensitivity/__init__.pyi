from .detection_bounds import detection_bounds as detection_bounds
from .detection_corrected import detection_corrected as detection_corrected
from .e_value import EValue as EValue
from .e_value import e_value as e_value
from .manski import manski_bounds as manski_bounds
from .omitted_variable import OmittedVariable as OmittedVariable
from .omitted_variable import omitted_variable as omitted_variable
from .rosenbaum import rosenbaum_bounds as rosenbaum_bounds
