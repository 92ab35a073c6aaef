"""The machine that runs the pure floors. The only place with input and output."""
