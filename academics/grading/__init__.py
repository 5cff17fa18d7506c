"""How grades are written and worked out: scales of letters, and what a gradebook's cell takes.

`scales` and `cells` are pure: they know neither the database nor a request.
"""
