"""Untrusted input, decoded within limits: archives, documents, images, tables, texts, video; their languages."""
