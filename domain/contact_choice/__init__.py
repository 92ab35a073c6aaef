"""ContactChoice: what one guardian agreed to, refused, or can no longer be reached by."""
