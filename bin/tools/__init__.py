"""What developers run: tests, checks, measurements, pictures. None of it is in the image."""
