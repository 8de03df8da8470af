-- A ledger with more open holds than 64 KiB can name is read from its snapshot like any other: the bound is that of an
-- artifact, beyond 100,000 open holds.

ALTER TABLE planfold.snapshots
    DROP CONSTRAINT a_snapshot_has_at_most_64_kib,
    ADD CONSTRAINT a_snapshot_has_at_most_16_mib CHECK (octet_length(state) <= 16777216);
