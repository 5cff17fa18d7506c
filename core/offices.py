"""Who works in the office: an admin, and the roles that have a part of an admin's work.

Whatever says who may do what (`access`, `rights`, pages, reports) names a group instead of its
roles. The same groups in SQL: app.is_office(), app.is_people_office(), app.is_money_office()
(core/sql/offices.sql), and the words that app.refuse_stranger() understands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")

PEOPLE_OFFICE = ("admin", "registrar")  # people, classes, attendance, grades
MONEY_OFFICE = ("admin", "bursar")  # invoices, payments, and what is set up for them
OFFICE = ("admin", "registrar", "bursar")
STAFF = (*OFFICE, "teacher")  # who may enter the admin's pages
TEACHING = (*PEOPLE_OFFICE, "teacher")  # who works with classes and marks

ACCOUNTS = ("teacher", "student", "guardian")  # whose accounts a registrar keeps

GROUPS = {
    "office": OFFICE,
    "people_office": PEOPLE_OFFICE,
    "money_office": MONEY_OFFICE,
    "staff": STAFF,
    "teaching": TEACHING,
}


def members(name: str) -> tuple[str, ...]:
    """Return the roles of a group, or the role itself."""
    return GROUPS.get(name, (name,))


def may_keep(keeper: str, role: str) -> bool:
    """Return whether somebody's account is a keeper's to make and change, both given by their role.

    Who works in the office is the admins' to decide (app.may_keep in SQL).
    """
    return keeper == "admin" or keeper == "registrar" and role in ACCOUNTS


def by_role(declared: Mapping[str, Iterable[T]]) -> dict[str, list[T]]:
    """Return {role: what is declared for it and for its groups} of {role or group: some}."""
    together: dict[str, list[T]] = {}
    for name, some in declared.items():
        for role in members(name):
            together.setdefault(role, []).extend(some)
    return together
