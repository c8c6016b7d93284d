"""Made-up video with perfect labels: *motion*, where only movement decides the class, and *street*, seen from above."""

from vidtutor.worlds.motion import CLASSES, ORDER_CLASSES, ClipSet, motion

__all__ = ["CLASSES", "ORDER_CLASSES", "ClipSet", "motion"]
