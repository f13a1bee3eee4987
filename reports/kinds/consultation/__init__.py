"""The report on a whole consultation: every aspiration with its answer, and the figures."""
