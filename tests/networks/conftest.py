"""Every error, check and result that these tests bring about is whole; see ``whole``."""

from whole import whole

__all__ = ["whole"]
