"""What ends an import before anything is kept."""


class BundleError(Exception):
    """The bundle as a whole cannot be imported; the message is a sentence for a person."""
