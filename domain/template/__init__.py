"""Template: the words of one letter or message in one language, in versions."""
