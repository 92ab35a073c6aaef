"""Letters and message texts: the only room that knows WeasyPrint."""
