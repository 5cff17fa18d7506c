"""What the lists cost when one school has many rows: `python -m benchmarks`."""
