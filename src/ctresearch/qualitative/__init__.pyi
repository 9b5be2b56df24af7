from .transcripts.legend import Legend as Legend
from .transcripts.pseudonymise import Pseudonymised as Pseudonymised
from .transcripts.pseudonymise import pseudonymise as pseudonymise
