"""What runs the pure floors: followers, ticks, senders, presses, evaluations."""
