"""Differentially private synthetic microdata: measure with noise, estimate, and make rows that agree.

The files follow the method: ``domain`` (what values there may be), ``accounting`` (what the noise costs),
``measurement`` (the only step that sees the data), ``estimation`` (tables that are consistent and shrunk towards
independence as far as they are noise), ``tree`` and ``moves`` (rows), ``synthesize`` (all of it), ``report``.
"""
