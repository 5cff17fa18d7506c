"""Which column of the table each header of the file fills."""

from collections.abc import Mapping, Sequence

from exchange.columns import Column
from exchange.imports import matching
from exchange.imports.matching import Guess
from exchange.imports.targets import resource_of


def columns_of(target: str) -> list[Column]:
    """Return the `Column`s that a file of the target may have and that something is taken from."""
    columns = resource_of(target)().columns()
    return [column for column in columns if column.is_taken]


def guess_mapping(target: str, headers: Sequence[str]) -> list[Guess]:
    """Return a `Guess` for each of the headers `found`: the column, and how it was recognised."""
    return matching.guess(resource_of(target)().columns(), headers)


def mapping_problems(
    target: str, headers: Sequence[str], mapping: Mapping[str, str | None]
) -> list[str]:
    """Return sentences for what is wrong with {header: column or None}; none if all is well."""
    return matching.problems(resource_of(target)().columns(), headers, mapping)
