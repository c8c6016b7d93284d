"""One call at the top of every chapter: seeds, device, profile, and one line that says what was found."""

import contextlib
import os
import platform
import random
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from vidtutor import __version__
from vidtutor.files import DRIVE, home, scratch

import cv2
import numpy as np

T = TypeVar("T")


@dataclass(frozen=True)
class Lab:
    """What `start` found: the seed, and the profile: "cpu" (seconds, made-up video) or "gpu" (minutes)."""

    seed: int
    profile: str

    def pick(self, *, cpu: T, gpu: T) -> T:
        """Return the value meant for this profile, so that a setting that differs says so where it stands."""
        return gpu if self.profile == "gpu" else cpu

    def checkpoint(self, name: str) -> Path | None:
        """A folder where a long training keeps its state: on Google Drive where that is mounted, else in `home()`.

        None with the "cpu" profile, whose trainings take seconds. Chapter 11.
        """
        if self.profile == "cpu":
            return None
        return (DRIVE / "vidtutor" if DRIVE.is_dir() else home() / "checkpoints") / name


def start(seed: int, *, tensorflow: bool = False) -> Lab:
    """Seed every random number generator, choose the profile, print one line of what this machine offers.

    seed: any non-negative int.
    tensorflow: import TensorFlow (about 3 seconds), seed it, and use its GPU if there is one.
    The environment variable VIDTUTOR_PROFILE, "cpu" or "gpu", overrides the choice of profile. With "cpu", where
    VIDTUTOR_CACHE does not name a folder, footage and caches go into a temporary one, and are gone at the end.
    Raises ValueError for any other profile. Chapter 01.
    """
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - libraries still draw from NumPy's global generator
    cv2.setRNGSeed(seed)
    found = [f"vidtutor {__version__}", f"Python {platform.python_version()}", f"OpenCV {cv2.__version__}"]
    gpus = 0
    if tensorflow:
        import keras
        import tensorflow as tf

        gpus = len(tf.config.list_physical_devices("GPU"))
        if not gpus:
            # Operations one at a time, each on all cores: else sums are added up in an order that varies between runs.
            with contextlib.suppress(RuntimeError):  # too late where TensorFlow has computed something already
                tf.config.threading.set_inter_op_parallelism_threads(1)
        keras.utils.set_random_seed(seed)
        found.append(f"TensorFlow {tf.__version__} with Keras {keras.__version__} on {gpus or 'no'} GPU")
    profile = os.environ.get("VIDTUTOR_PROFILE", "gpu" if gpus else "cpu")
    if profile not in ("cpu", "gpu"):
        raise ValueError(f"VIDTUTOR_PROFILE is {profile!r}: set it to 'cpu' or 'gpu', or unset it")
    if profile == "cpu":
        os.environ.setdefault("VIDTUTOR_CACHE", str(scratch()))
    print(" · ".join([*found, f"profile {profile}", f"seed {seed}"]))
    return Lab(seed, profile)
