"""Case: the school's file on one student's attendance in one school year."""
