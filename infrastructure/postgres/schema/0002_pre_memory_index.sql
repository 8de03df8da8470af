-- An index of our own over memories, for agents that have too many to judge each: see ADR 24. A narrow row for each
-- memory, kept by triggers, so that a release that knows nothing of it keeps it, too. All of it can be made again.

SELECT set_config('search_path', format('planfold, %I', n.nspname), true)
FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
WHERE e.extname = 'vector';

-- "bit" in quotes has any length, without them one.
CREATE FUNCTION planfold.bits(embedding vector) RETURNS "bit"
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN binary_quantize(embedding);
CREATE FUNCTION planfold.differing(one "bit", other "bit") RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN one <~> other;
CREATE FUNCTION planfold.half(embedding vector) RETURNS halfvec
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN embedding::halfvec;
CREATE FUNCTION planfold.cosine(one halfvec, other halfvec) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN -(one <#> other);
-- A lexeme of one agent. Two may share a key: whoever looks one up looks at the memories, too.
CREATE FUNCTION planfold.word_key(tenant text, agent_id text, lexeme text) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN hashtextextended(tenant || '/' || agent_id || '/' || lexeme, 0);

-- Some of a large agent's memories, as they point: each later one belongs to the cell of the nearest.
CREATE TABLE planfold.memory_cells (
    tenant text COLLATE "C" NOT NULL,
    agent_id text COLLATE "C" NOT NULL,
    model text NOT NULL,
    cell integer NOT NULL CHECK (cell > 0),
    centre halfvec NOT NULL,
    PRIMARY KEY (tenant, agent_id, model, cell)
);

-- Cell 0 holds what was remembered before there were cells; it is always looked at.
CREATE TABLE planfold.memory_index (
    tenant text COLLATE "C" NOT NULL,
    agent_id text COLLATE "C" NOT NULL,
    memory_id text COLLATE "C" NOT NULL,
    run_id text COLLATE "C",
    model text NOT NULL,
    cell integer NOT NULL,
    bits "bit" NOT NULL,
    words bigint[] NOT NULL,
    PRIMARY KEY (tenant, agent_id, memory_id)
) WITH (
    -- An index is read without its table where vacuum has been, so vacuum comes early: the rows are few bytes.
    autovacuum_vacuum_insert_scale_factor = 0.02,
    autovacuum_vacuum_scale_factor = 0.05
);
CREATE INDEX memory_index_near ON planfold.memory_index (tenant, agent_id, cell) INCLUDE (memory_id, run_id, bits);
-- Without a list of pending entries, which every search would read from end to end.
CREATE INDEX memory_index_words ON planfold.memory_index USING gin (words) WITH (fastupdate = off);

CREATE FUNCTION planfold.word_keys(tenant text, agent_id text, search tsvector) RETURNS bigint[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ARRAY(SELECT planfold.word_key(tenant, agent_id, lexeme) FROM unnest(tsvector_to_array(search)) AS lexeme);

CREATE FUNCTION planfold.cell_of(of_tenant text, of_agent text, of_model text, embedding vector) RETURNS integer
    LANGUAGE sql STABLE
    RETURN coalesce((
        SELECT cell FROM (SELECT planfold.half(embedding) AS pointing OFFSET 0) AS this, planfold.memory_cells
        WHERE tenant = of_tenant AND agent_id = of_agent AND model = of_model
        ORDER BY planfold.cosine(centre, pointing) DESC, cell LIMIT 1
    ), 0);

-- A sample of the agent's memories become the centres of its cells, spread over all of them, and the same each time.
CREATE PROCEDURE planfold.make_cells(of_tenant text, of_agent text, of_model text, cells integer DEFAULT 2048)
    LANGUAGE sql
    BEGIN ATOMIC
        DELETE FROM planfold.memory_cells WHERE tenant = of_tenant AND agent_id = of_agent AND model <> of_model;
        INSERT INTO planfold.memory_cells (tenant, agent_id, model, cell, centre)
        SELECT of_tenant, of_agent, of_model, row_number() OVER (ORDER BY hashtext(memory_id), memory_id), planfold.half(embedding)
        FROM planfold.memories
        WHERE tenant = of_tenant AND agent_id = of_agent AND model = of_model
        ORDER BY hashtext(memory_id), memory_id LIMIT cells
        ON CONFLICT DO NOTHING;
    END;

-- As the owner: a release that came before these tables has no right to them.
-- A plan that was made when there were no cells yet would read all of them for each memory: so never in sequence.
CREATE FUNCTION planfold.index_memories() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT DISTINCT told.tenant, told.agent_id, told.model FROM told
        WHERE told.model IS NOT NULL AND NOT EXISTS (
            SELECT FROM planfold.memory_cells AS c
            WHERE c.tenant = told.tenant AND c.agent_id = told.agent_id AND c.model = told.model
        )
        -- To count takes a millisecond or two: one memory in 32 asks for it.
        AND hashtext(told.memory_id) & 31 = 0
        ORDER BY 1, 2
    LOOP
        IF 8192 < (SELECT count(*) FROM (
            SELECT FROM planfold.memory_index AS i
            WHERE i.tenant = one.tenant AND i.agent_id = one.agent_id AND i.cell = 0 AND i.model = one.model
            LIMIT 8193
        ) AS undivided) THEN
            CALL planfold.make_cells(one.tenant, one.agent_id, one.model);
        END IF;
    END LOOP;
    INSERT INTO planfold.memory_index AS i (tenant, agent_id, memory_id, run_id, model, cell, bits, words)
    SELECT tenant, agent_id, memory_id, run_id, model, planfold.cell_of(tenant, agent_id, model, embedding),
        planfold.bits(embedding), planfold.word_keys(tenant, agent_id, search)
    FROM told WHERE embedding IS NOT NULL
    ORDER BY tenant, agent_id, memory_id
    ON CONFLICT (tenant, agent_id, memory_id) DO UPDATE
    SET run_id = excluded.run_id, model = excluded.model, cell = excluded.cell, bits = excluded.bits, words = excluded.words;
    RETURN NULL;
END
$$;

CREATE FUNCTION planfold.unindex_memories() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
BEGIN
    DELETE FROM planfold.memory_index AS i USING gone
    WHERE i.tenant = gone.tenant AND i.agent_id = gone.agent_id AND i.memory_id = gone.memory_id;
    -- Nothing is left of an agent that forgot everything.
    DELETE FROM planfold.memory_cells AS c USING (SELECT DISTINCT tenant, agent_id FROM gone) AS forgetful
    WHERE c.tenant = forgetful.tenant AND c.agent_id = forgetful.agent_id AND NOT EXISTS (
        SELECT FROM planfold.memories AS m WHERE m.tenant = c.tenant AND m.agent_id = c.agent_id
    );
    RETURN NULL;
END
$$;

-- Only these wait for whoever writes memories at the moment, and they make nobody wait for long.
CREATE TRIGGER index_the_new AFTER INSERT ON planfold.memories
    REFERENCING NEW TABLE AS told FOR EACH STATEMENT EXECUTE FUNCTION planfold.index_memories();
CREATE TRIGGER index_the_changed AFTER UPDATE ON planfold.memories
    REFERENCING NEW TABLE AS told FOR EACH STATEMENT EXECUTE FUNCTION planfold.index_memories();
CREATE TRIGGER unindex_the_gone AFTER DELETE ON planfold.memories
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION planfold.unindex_memories();
