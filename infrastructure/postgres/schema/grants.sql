-- What the running program may do, and nothing else: applied again at the end of every upgrade. On a server of your own
-- make the role first (CREATE ROLE planfold_app LOGIN), or grant planfold_app to the role that the program uses.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'planfold_app') THEN
        RETURN;
    END IF;
    GRANT USAGE ON SCHEMA planfold TO planfold_app;
    GRANT SELECT ON planfold.migrations TO planfold_app;
    GRANT SELECT, INSERT ON planfold.stored_events TO planfold_app;
    GRANT SELECT, INSERT ON planfold.artifacts TO planfold_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON planfold.snapshots TO planfold_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON planfold.memories TO planfold_app;
    GRANT SELECT, INSERT, UPDATE ON planfold.embedding_models TO planfold_app;
    IF to_regclass('planfold.memory_index') IS NOT NULL THEN
        GRANT SELECT ON planfold.memory_index, planfold.memory_cells TO planfold_app; -- triggers write them
    END IF;
    IF to_regclass('planfold.projections') IS NOT NULL THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON planfold.tracking, planfold.projections, planfold.results,
            planfold.ledger_status, planfold.parked TO planfold_app;
    END IF;
END
$$;
