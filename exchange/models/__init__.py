from exchange.models.export import Export
from exchange.models.imports import ImportBatch, ImportRow

__all__ = ["Export", "ImportBatch", "ImportRow"]
