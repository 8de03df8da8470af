-- What is folded from the events for those who ask: it can be thrown away and folded again. A build is one folding from
-- the first event on; `projections` points to the build that is shown, so that another can be made beside it.

-- How far each build has read, in the shape of eventsourcing's single-row tracking, as `results:1`. Whoever moves a row
-- holds it until its commit: it is the lock of that build.
CREATE TABLE planfold.tracking (
    application_name text COLLATE "C" PRIMARY KEY,
    notification_id bigint NOT NULL
);

CREATE TABLE planfold.projections (
    name text COLLATE "C" PRIMARY KEY,
    build integer NOT NULL CHECK (build >= 1),
    version integer NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    making integer CHECK (making > build),
    making_version integer,
    CONSTRAINT what_is_made_has_a_version CHECK ((making IS NULL) = (making_version IS NULL))
);

CREATE TABLE planfold.results (
    tenant text COLLATE "C" NOT NULL,
    run_id text COLLATE "C" NOT NULL,
    build integer NOT NULL,
    agent_id text COLLATE "C" NOT NULL,
    goal text NOT NULL,
    outcome text COLLATE "C",
    planner text COLLATE "C",
    codes text[] COLLATE "C" NOT NULL,
    started_at timestamptz NOT NULL,
    started_position bigint NOT NULL,
    position bigint NOT NULL,
    drafts jsonb NOT NULL,
    result jsonb NOT NULL,
    search tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', goal)) STORED,
    PRIMARY KEY (tenant, run_id, build)
);
-- The build first, so that one that is shown no more is found without reading the others.
CREATE INDEX results_newest ON planfold.results (build, tenant, started_position DESC);
CREATE INDEX results_of_agent ON planfold.results (tenant, build, agent_id, started_position DESC);
CREATE INDEX results_by_outcome ON planfold.results (tenant, build, outcome, started_position DESC);
CREATE INDEX results_by_time ON planfold.results (tenant, build, started_at);
CREATE INDEX results_search ON planfold.results USING gin (search);
CREATE INDEX results_codes ON planfold.results USING gin (codes);

CREATE TABLE planfold.ledger_status (
    tenant text COLLATE "C" NOT NULL,
    scope text COLLATE "C" NOT NULL,
    build integer NOT NULL,
    version bigint NOT NULL,
    position bigint NOT NULL,
    state jsonb NOT NULL,
    PRIMARY KEY (tenant, scope, build)
);

-- Streams that a projection could not fold: the event that it stumbled over, and all later ones of that stream behind it.
CREATE TABLE planfold.parked (
    tenant text COLLATE "C" NOT NULL,
    stream text COLLATE "C" NOT NULL,
    projection text COLLATE "C" NOT NULL,
    build integer NOT NULL,
    version bigint NOT NULL,
    position bigint NOT NULL,
    reason text NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant, stream, projection, build, version),
    CONSTRAINT a_stream_belongs_to_a_tenant CHECK (tenant = split_part(stream, '/', 1))
);
