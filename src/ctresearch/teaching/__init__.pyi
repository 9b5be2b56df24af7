from .answers import check_answer as check_answer
from .answers import seal_answer as seal_answer
from .learning_gain import LearningGain as LearningGain
from .learning_gain import LearningGainResult as LearningGainResult
from .questions import questions as questions
