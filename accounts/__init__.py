"""Who: users, agencies, roles and access. Depends on no other app of ours."""
