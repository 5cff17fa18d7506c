"""Report cards and transcripts: what is on them (`lines`), and their files (`documents`).

Everything is read in the context of whoever asks: a teacher's card holds the teacher's classes, a
student's what students may see.
"""
