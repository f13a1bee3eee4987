"""What the government publishes: cycles, consultations, drafts, chapters and their blocks."""
