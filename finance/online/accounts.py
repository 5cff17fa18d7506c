"""The school's account for online payment: its keys stay in the database (sql/online.sql)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from core import rls
from finance.online.provider import Secrets


@dataclass(frozen=True)
class Account:
    """What the office may know of it."""

    provider: str
    secret_hint: str
    webhook_hint: str
    is_active: bool
    updated_at: datetime


def provider() -> str:
    """Return the provider that families of the current school can pay by; "" for none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.online_provider()")
        return cursor.fetchone()[0] or ""


def account() -> Account | None:
    """Return the current school's account, to the office."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM app.online_account()")
        row = cursor.fetchone()
    return Account(*row) if row is not None else None


def secrets() -> Secrets | None:
    """Return the current school's keys, asking as nobody, whoever's context this is."""
    with rls.as_nobody(), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM app.online_secrets()")
        row = cursor.fetchone()
    return Secrets(*row) if row is not None else None


def keep(*, provider: str, key: str, webhook: str, is_active: bool) -> None:
    """Set the account, by the office; "" leaves the key there is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CALL app.set_online_account(%s, %s, %s, %s)", [provider, key, webhook, is_active]
        )


def forget() -> None:
    """Remove the keys, by the office. Messages about payments under way are then refused."""
    with connection.cursor() as cursor:
        cursor.execute("CALL app.forget_online_account()")
