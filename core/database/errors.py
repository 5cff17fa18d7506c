"""The error of everything here: one sentence for the person who starts the application."""


class SetupError(ValueError):
    """The database cannot be set up or reached as asked; the message says why and what to do."""


def one_line(error: BaseException) -> str:
    """Return the message of `error` as part of a sentence: no line breaks, nothing at its end."""
    return " ".join(str(error).split()).rstrip(".?!")
