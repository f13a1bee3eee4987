"""Template filters about the plan and its dates."""
