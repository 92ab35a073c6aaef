"""Letter: a PDF to one guardian that leads back to the numbers and the person behind it."""
