"""What the chapters of *Deep Learning for Video Analysis* have taught, kept in one place."""

__version__ = "0.1.0"
