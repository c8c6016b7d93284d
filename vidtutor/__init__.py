"""What the chapters of *Deep Learning for Video Analysis* have taught, kept in one place."""

import os

# TensorFlow uses oneDNN by itself only on CPUs with AVX-512 VNNI and its kin; on others a Conv3D trains 20 times slower
# without. It reads this when it is imported, so the book's own package is imported before Keras everywhere.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

__version__ = "0.1.0"
