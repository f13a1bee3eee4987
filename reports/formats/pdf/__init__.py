"""PDF files. `making` is the door; everything behind it needs Pango, so import it when used."""
