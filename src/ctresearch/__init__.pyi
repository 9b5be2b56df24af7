from . import core as core
from . import data as data
from . import prevalence as prevalence
from . import privacy as privacy
from . import studies as studies

__version__: str
