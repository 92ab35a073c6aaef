"""Meeting: a talk with a family about attendance. The smallest whole aggregate: start here."""
