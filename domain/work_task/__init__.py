"""WorkTask: who in the school has taken a line of the queue upon them."""
