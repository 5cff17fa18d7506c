"""Who waits for a seat in a full class."""


def build(builder):
    """Add them."""
