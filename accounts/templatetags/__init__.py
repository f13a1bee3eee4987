"""Template filters about people and their devices."""
