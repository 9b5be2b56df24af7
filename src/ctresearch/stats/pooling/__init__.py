"""Estimates of several studies as one."""
