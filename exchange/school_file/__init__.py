"""Data that leaves as a whole: a school, or what is kept about one person."""
