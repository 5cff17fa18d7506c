"""Paying online by a provider: what the application asks of one, and the adapters."""
