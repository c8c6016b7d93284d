"""Made-up video with perfect labels: *motion*, where only movement decides the class, and *street*, seen from above."""

from vidtutor.worlds.motion import CLASSES, ORDER_CLASSES, ClipSet, both_ways, motion
from vidtutor.worlds.street import EVENTS, Street, street

__all__ = ["CLASSES", "EVENTS", "ORDER_CLASSES", "ClipSet", "Street", "both_ways", "motion", "street"]
