"""The app's tables in a school's file."""

from exchange.school_file import archive, tables

tables.register("academics")
archive.register(academics="0007")
