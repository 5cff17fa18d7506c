"""Who may do what with OneRoster's record names: the policy table (core.policies)."""

from core.policies import Access, everything

access = Access("oneroster")

access.table("sourced_records", people_office=everything())
