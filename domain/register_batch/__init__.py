"""RegisterBatch: one import, made visible by one fact."""
