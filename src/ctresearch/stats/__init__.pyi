from .arviz_export import to_arviz as to_arviz
from .cross_fitting import assign_folds as assign_folds
from .cross_fitting import cross_fit_probabilities as cross_fit_probabilities
from .mcmc import ess_bulk as ess_bulk
from .mcmc import ess_tail as ess_tail
from .mcmc import mcse_mean as mcse_mean
from .mcmc import rhat as rhat
from .mixing import check_mixing as check_mixing
