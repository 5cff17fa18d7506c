"""What a table looks like as a file: columns out to CSV and XLSX, and back in."""
