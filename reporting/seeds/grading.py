"""Grading scales. (What a type of assignment weighs: work.)"""


def build(builder):
    """Add them."""
