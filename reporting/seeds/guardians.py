"""Whom to call about each student; two of them sign in."""


def build(builder, password):
    """Add them."""
