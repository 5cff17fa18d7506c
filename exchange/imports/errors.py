"""Why an import does not go on; the messages are sentences for the person."""

from collections.abc import Sequence


class ImportRefused(Exception):
    """The batch is not in a state to be checked, applied or undone."""


class UndoRefused(ImportRefused):
    """Something depends on what the batch did; `reasons` are sentences that name it."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons
