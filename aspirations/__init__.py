"""What people say about the plan, what becomes of it, and the reports on it."""
