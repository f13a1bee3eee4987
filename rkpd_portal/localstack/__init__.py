"""The portal's own servers and processes on one computer: what bin/run, bin/test and bin/bench start."""
