from .pool import Pool as Pool
from .pool_result import PoolResult as PoolResult
from .result_table import result_table as result_table
