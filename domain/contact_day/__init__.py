"""ContactDay: what one person hears on one day, from all playbooks, about all children."""
