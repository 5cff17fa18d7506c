"""Report cards and transcripts: their content (`lines`), and their files (`documents`).

Everything is read with the rights of the person who requests it: a teacher's card holds the
teacher's classes only.
"""
