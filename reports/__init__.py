"""What is made of it all: snapshots, reports and the pages about results. Nothing depends on it."""
