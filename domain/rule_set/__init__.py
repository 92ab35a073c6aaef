"""RuleSet: which numbers lead to which stage, in versions, for a tenant or one school."""
