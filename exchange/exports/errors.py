"""Why a file was not made."""


class ExportRefused(Exception):
    """The file cannot be made; the message is a sentence for the person."""


class Cancelled(Exception):
    """The person no longer wants the file."""


class Interrupted(Exception):
    """The worker is being stopped; another one begins the file again."""


class Busy(Exception):
    """Another worker is still at this very file."""
