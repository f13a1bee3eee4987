"""bin/chaos: people use a portal while its parts are killed; then all is counted."""
