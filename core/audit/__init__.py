"""The audit trail in words: what changed (`changes`), and in which record (`records`)."""
