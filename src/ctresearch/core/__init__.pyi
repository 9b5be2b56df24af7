from .check import Check as Check
from .check import worst as worst
from .errors import (
    CellError as CellError,
)
from .errors import (
    CtResearchError as CtResearchError,
)
from .errors import (
    DataError as DataError,
)
from .errors import (
    DisclosureError as DisclosureError,
)
from .errors import (
    FitError as FitError,
)
from .errors import (
    MissingExtraError as MissingExtraError,
)
from .errors import (
    SpecificationError as SpecificationError,
)
from .estimator import Estimator as Estimator
from .groups import Groups as Groups
from .groups import read_groups as read_groups
from .inputs import Inputs as Inputs
from .inputs import record as record
from .meaning import Meaning as Meaning
from .message import Message as Message
from .message import say as say
from .names import name_key as name_key
from .names import read_names as read_names
from .render import Explorer as Explorer
from .result import Interval as Interval
from .result import Result as Result
from .result import estimates_table as estimates_table
from .scope import Scope as Scope
