-- Large things that events name by digest: manifests, prompts, rule sets. A row is never changed.

CREATE TABLE planfold.artifacts (
    tenant text COLLATE "C" NOT NULL,
    digest text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    body bytea NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant, digest),
    CONSTRAINT the_digest_is_that_of_the_body CHECK (digest = encode(sha256(body), 'hex')),
    CONSTRAINT an_artifact_has_at_most_16_mib CHECK (octet_length(body) <= 16777216)
);

-- Folded states, a shortcut: losing one costs time, never truth. version, digest and recorded_at are those of the event
-- that the state was folded up to.
CREATE TABLE planfold.snapshots (
    tenant text COLLATE "C" NOT NULL,
    stream text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    digest text COLLATE "C" NOT NULL,
    recorded_at timestamptz NOT NULL,
    fold_version integer NOT NULL,
    state bytea NOT NULL,
    PRIMARY KEY (tenant, stream),
    CONSTRAINT a_stream_belongs_to_a_tenant CHECK (tenant = split_part(stream, '/', 1)),
    CONSTRAINT a_snapshot_has_at_most_64_kib CHECK (octet_length(state) <= 65536)
);
