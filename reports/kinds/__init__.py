"""What a report can be about: one package per kind, which turns a snapshot into a document."""
