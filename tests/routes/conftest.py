"""Every error, check and result that these tests bring about is whole, and says what it counts; see ``whole``."""

from whole import what_checks_say, whole

said = what_checks_say(
    ("chance", "last"),
    ("clusters", "clusters"),
    ("domestic flows", "rows"),
    ("last value", "share"),
    ("limits of past times", "origins"),
)
__all__ = ["said", "whole"]
