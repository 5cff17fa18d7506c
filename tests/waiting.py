"""Waiting for what another process or thread does."""

import time

STEP = 0.01  # seconds between two looks


def wait_until(condition, seconds=30):
    """Return what `condition()` returns as soon as that is true; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"Not within {seconds} seconds."
        time.sleep(STEP)
    return value
