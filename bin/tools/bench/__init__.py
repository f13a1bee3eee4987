"""bin/bench: speed is measured here. A module for each bench, and what several of them need."""
