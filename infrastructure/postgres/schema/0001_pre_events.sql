-- The log: every fact in its envelope, appended for ever. Columns and composite type are those that eventsourcing's
-- PostgresApplicationRecorder (ORIGINATOR_ID_TYPE=text) reads and writes; it names its columns, so that tenant is generated.

CREATE TABLE planfold.stored_events (
    tenant text COLLATE "C" NOT NULL GENERATED ALWAYS AS (split_part(originator_id, '/', 1)) STORED,
    originator_id text COLLATE "C" NOT NULL,
    originator_version bigint NOT NULL,
    topic text COLLATE "C" NOT NULL,
    state bytea NOT NULL,
    notification_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (tenant, originator_id, originator_version),
    CONSTRAINT a_stream_belongs_to_a_tenant CHECK (originator_id LIKE '_%/_%' AND originator_id NOT LIKE '/%'),
    CONSTRAINT versions_count_from_1 CHECK (originator_version >= 1),
    CONSTRAINT an_event_has_at_most_1_mib CHECK (octet_length(state) <= 1048576)
) WITH (
    -- Nothing is ever dead here: vacuum only freezes and keeps the visibility map, so it need not come early.
    autovacuum_vacuum_insert_scale_factor = 0.1,
    autovacuum_analyze_scale_factor = 0.02
);

-- One position for the whole log, in the order of the numbers, with gaps where a writer lost a race.
CREATE UNIQUE INDEX stored_events_by_position ON planfold.stored_events (notification_id);

-- Runs of one tenant, newest first: each begins with ContextBuilt.
CREATE INDEX stored_events_runs ON planfold.stored_events (tenant, notification_id DESC)
    WHERE topic = 'ContextBuilt';

CREATE TYPE planfold.stored_event_text AS (
    originator_id text,
    originator_version bigint,
    topic text,
    state bytea
);
