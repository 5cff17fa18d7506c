"""Files of the bank: a table, CAMT.053 or MT940, read as lines."""
