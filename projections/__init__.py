"""Facts in, rows out, and the SQL that reads them. Pure: the machine loads and saves."""
