"""What stands in the address of a list besides Django's own parameters, and filters no rows."""

COLUMNS = "_columns"  # the columns that the reader chose, in their order: name,phone
VIEW = "_view"  # whose name the list bears: a saved view's id, or NO_VIEW
NO_VIEW = "none"
OWN = (COLUMNS, VIEW)
