"""Views: one module per job. They fetch, permit, call one verb and answer."""
