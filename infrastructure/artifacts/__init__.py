"""Files by content: letters as they were printed."""
