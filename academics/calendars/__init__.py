"""Timetables that a calendar program subscribes to."""
