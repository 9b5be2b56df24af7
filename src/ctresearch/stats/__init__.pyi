from .chains.arviz_export import to_arviz as to_arviz
from .chains.mcmc import ess_bulk as ess_bulk
from .chains.mcmc import ess_tail as ess_tail
from .chains.mcmc import mcse_mean as mcse_mean
from .chains.mcmc import rhat as rhat
from .chains.mixing import check_mixing as check_mixing
from .regression.cross_fitting import assign_folds as assign_folds
from .regression.cross_fitting import cross_fit_probabilities as cross_fit_probabilities
