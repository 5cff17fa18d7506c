"""Files that leave the school: built, kept for a week, and recorded."""

from reporting.exports.run import ExportRefused, run

__all__ = ["ExportRefused", "run"]
