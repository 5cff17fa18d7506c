"""The error of everything here: one sentence for the person who starts the application."""


class SetupError(ValueError):
    """The database cannot be set up or reached as asked; the message says why and what to do."""
