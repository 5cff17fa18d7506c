"""What the school hands out about money, as PDF: invoices, receipts and credit notes."""
