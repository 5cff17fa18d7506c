"""The catalog of reports: what each shows, to whom, filtered and sorted by what."""
