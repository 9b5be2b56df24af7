from .transcripts.legend import Legend as Legend
from .transcripts.pseudonymise import Pseudonymised as Pseudonymised
from .transcripts.pseudonymise import pseudonymise as pseudonymise
from .comparative.calibration import calibrate as calibrate
from .comparative.calibration import find_thresholds as find_thresholds
from .comparative.qca import QualitativeComparative as QualitativeComparative
from .comparative.qca_result import ComparativeResult as ComparativeResult
