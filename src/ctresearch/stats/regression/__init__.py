"""Fits that several rooms lean on: generalised linear models, Newton's method, cross-fitting."""
