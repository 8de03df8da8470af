-- What was applied: made before the first migration. The schema may have been made by an administrator, for an owner
-- who may not make one.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'planfold') THEN
        CREATE SCHEMA planfold;
    END IF;
END
$$;

CREATE TABLE IF NOT EXISTS planfold.migrations (
    name text COLLATE "C" PRIMARY KEY,
    digest text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
