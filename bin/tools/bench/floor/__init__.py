"""A Django project that does the least: what the portal's speed is compared with."""
