"""Files of assignments and of what was handed in."""


def build(builder):
    """Add them."""
