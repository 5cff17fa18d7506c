"""The school's years, terms and holidays."""


def build(builder):
    """Add them."""
