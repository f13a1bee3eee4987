"""The portal's servers and processes on one computer: what bin/run, bin/test, bin/bench start."""
