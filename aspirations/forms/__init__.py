"""Forms: one module per job, named like its views."""
