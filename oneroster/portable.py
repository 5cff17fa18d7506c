"""The app's tables in a school's file."""

from exchange.school_file import tables

tables.register("oneroster", json_with_ids={"sourced_records": {"data"}})
