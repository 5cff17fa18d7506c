"""Django's own `clearsessions`; here because django.contrib.sessions itself is not installed."""

from django.contrib.sessions.management.commands.clearsessions import Command

__all__ = ["Command"]
