"""The outside world: PostgreSQL, planners, skill files, the command."""
