"""PlaybookRun: one walk of one family through one frozen playbook."""
