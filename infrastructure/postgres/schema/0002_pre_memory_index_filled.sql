-- What was remembered before the triggers: a transaction of its own, which locks no memory. Whoever forgets one meanwhile
-- leaves a row that leads nowhere, and costs nothing.

DO $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT tenant, agent_id, model FROM planfold.memories WHERE model IS NOT NULL
        GROUP BY tenant, agent_id, model HAVING count(*) > 8192
    LOOP
        CALL planfold.make_cells(one.tenant, one.agent_id, one.model);
    END LOOP;
END
$$;
ANALYZE planfold.memory_cells;
INSERT INTO planfold.memory_index (tenant, agent_id, memory_id, run_id, model, cell, bits, words)
SELECT tenant, agent_id, memory_id, run_id, model, planfold.cell_of(tenant, agent_id, model, embedding),
    planfold.bits(embedding), planfold.word_keys(tenant, agent_id, search)
FROM planfold.memories WHERE embedding IS NOT NULL
ON CONFLICT DO NOTHING;
