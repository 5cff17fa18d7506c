"""How grades are written and worked out: scales of letters, and what a gradebook's cell takes.

Pure: nothing here knows the database or a request.
"""
