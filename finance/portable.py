"""The app's tables in a school's file."""

from exchange.school_file import archive, tables

tables.register("finance")
archive.register(finance="0005")
