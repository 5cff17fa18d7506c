"""Rosters from other systems as OneRoster CSV bundles; start reading at `service`."""
