from . import causes as causes
from . import consequences as consequences
from . import core as core
from . import data as data
from . import networks as networks
from . import policy as policy
from . import prevalence as prevalence
from . import privacy as privacy
from . import programmes as programmes
from . import qualitative as qualitative
from . import regions as regions
from . import routes as routes
from . import stats as stats
from . import studies as studies
from . import teaching as teaching

__version__: str

def load_ipython_extension(shell: object) -> None: ...
def unload_ipython_extension(shell: object) -> None: ...
