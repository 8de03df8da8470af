"""No event lost, none doubled, the order kept: writers, readers and killers at one log, and what they must agree on.

`uv run python -m benchmarks.checker --help`. Four processes of four threads save by the real recorder, some in conflict;
they are killed and go on. Sessions of others roll back, commit late and idle in transaction. Three processes read on
while all this happens. At rest the table, what each writer was told and what each reader saw are compared.
"""
