-- A memory of a divided agent is in two cells, so that a tenth of the cells find as much; and an agent is divided when it
-- has half as many memories as before: see ADR 31.

SELECT set_config('search_path', format('planfold, %I', n.nspname), true)
FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
WHERE e.extname = 'vector';

ALTER TABLE planfold.memory_index ADD COLUMN second integer;
-- Nobody is in it yet, so that it is made at once.
CREATE INDEX memory_index_second ON planfold.memory_index (tenant, agent_id, second) INCLUDE (memory_id, run_id, bits)
    WHERE second IS NOT NULL;

-- The nearest, and the one that is best where the nearest is bad: near, but in a direction square to it. Its cost is the
-- square of its distance and twice that of the part along the direction of the nearest (SOAR: Sun, Simcha, Dopson, Guo and
-- Kumar, NeurIPS 2023); here halved, and without what is the same for all cells.
CREATE FUNCTION planfold.cells_of(of_tenant text, of_agent text, of_model text, embedding vector) RETURNS integer[]
    LANGUAGE sql STABLE
    RETURN (
        WITH near AS MATERIALIZED (
            SELECT cell, centre, pointing, planfold.cosine(centre, pointing) AS cosine
            FROM (SELECT planfold.half(embedding) AS pointing OFFSET 0) AS this, planfold.memory_cells
            WHERE tenant = of_tenant AND agent_id = of_agent AND model = of_model
            ORDER BY cosine DESC, cell LIMIT 32
        ), nearest AS MATERIALIZED (
            SELECT cell, pointing, l2_normalize(pointing - centre) AS away FROM near ORDER BY cosine DESC, cell LIMIT 1
        )
        SELECT ARRAY[(SELECT cell FROM nearest), (
            SELECT near.cell FROM near JOIN nearest ON near.cell <> nearest.cell
            ORDER BY
                power(planfold.cosine(away, nearest.pointing) - planfold.cosine(away, centre), 2) - near.cosine,
                near.cell
            LIMIT 1
        )]
    );

-- As it was, but for the second cell and the bound. As the owner: a release that came before these tables has no right to
-- them. A plan that was made when there were no cells yet would read all of them for each memory: so never in sequence.
CREATE OR REPLACE FUNCTION planfold.index_memories() RETURNS trigger
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
        -- To count takes a millisecond: one memory in 32 asks for it.
        AND hashtext(told.memory_id) & 31 = 0
        ORDER BY 1, 2
    LOOP
        IF 4096 < (SELECT count(*) FROM (
            SELECT FROM planfold.memory_index AS i
            WHERE i.tenant = one.tenant AND i.agent_id = one.agent_id AND i.cell = 0 AND i.model = one.model
            LIMIT 4097
        ) AS undivided) THEN
            CALL planfold.make_cells(one.tenant, one.agent_id, one.model);
        END IF;
    END LOOP;
    INSERT INTO planfold.memory_index AS i (tenant, agent_id, memory_id, run_id, model, cell, second, bits, words)
    SELECT tenant, agent_id, memory_id, run_id, model, coalesce(cells[1], 0), cells[2],
        planfold.bits(embedding), planfold.word_keys(tenant, agent_id, search)
    FROM (
        SELECT *, planfold.cells_of(tenant, agent_id, model, embedding) AS cells
        FROM told WHERE embedding IS NOT NULL OFFSET 0
    ) AS new
    ORDER BY tenant, agent_id, memory_id
    ON CONFLICT (tenant, agent_id, memory_id) DO UPDATE
    SET run_id = excluded.run_id, model = excluded.model, cell = excluded.cell, second = excluded.second,
        bits = excluded.bits, words = excluded.words;
    RETURN NULL;
END
$$;
