-- What agents remember. Within one agent the nearest are found by an exact scan; embeddings of two models are never
-- compared, so each row names its model, and embedding_models the one that a tenant uses now.

-- The type `vector` stands in whatever schema the administrator put the extension.
SELECT set_config('search_path', format('planfold, %I', n.nspname), true)
FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
WHERE e.extname = 'vector';

-- Named here once for all: what the running program says needs neither the name of that schema nor any right on it.
CREATE DOMAIN planfold.embedding AS vector;
-- All vectors have length 1, or are zeros, of which a cosine would be no number; so their product is their cosine.
CREATE FUNCTION planfold.cosine(one vector, other vector) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN -(one <#> other);

CREATE TABLE planfold.embedding_models (
    tenant text COLLATE "C" NOT NULL,
    model text NOT NULL,
    dimension integer NOT NULL CHECK (dimension BETWEEN 1 AND 16000),
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant)
);

CREATE TABLE planfold.memories (
    tenant text COLLATE "C" NOT NULL,
    agent_id text COLLATE "C" NOT NULL,
    memory_id text COLLATE "C" NOT NULL,
    text text NOT NULL CHECK (char_length(text) BETWEEN 1 AND 8000),
    type text COLLATE "C" NOT NULL,
    trust text COLLATE "C" NOT NULL CHECK (trust IN ('low', 'medium', 'high')),
    created_at timestamptz NOT NULL,
    run_id text COLLATE "C",
    made_from text[] COLLATE "C" NOT NULL DEFAULT '{}',
    model text,
    embedding vector,
    -- English stems and stop words; words of other languages are kept, so they still match themselves.
    search tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('pg_catalog.english', text)) STORED,
    PRIMARY KEY (tenant, agent_id, memory_id),
    CONSTRAINT an_embedding_names_its_model CHECK ((model IS NULL) = (embedding IS NULL))
);

CREATE INDEX memories_newest ON planfold.memories (tenant, agent_id, created_at DESC, memory_id DESC);
CREATE INDEX memories_search ON planfold.memories USING gin (search);
