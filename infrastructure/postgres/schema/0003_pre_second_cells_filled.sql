-- What divided agents remembered before there were second cells, what they remembered before there were cells included: a
-- transaction of its own, which locks no memory, and rows of the index in the order of everybody who writes them. Whoever
-- forgets a memory meanwhile leaves a row that leads nowhere.

ANALYZE planfold.memory_cells;
INSERT INTO planfold.memory_index (tenant, agent_id, memory_id, run_id, model, cell, second, bits, words)
SELECT tenant, agent_id, memory_id, run_id, model, cells[1], cells[2],
    planfold.bits(embedding), planfold.word_keys(tenant, agent_id, search)
FROM (
    SELECT *, planfold.cells_of(tenant, agent_id, model, embedding) AS cells FROM planfold.memories
    WHERE (tenant, agent_id, model) IN (SELECT tenant, agent_id, model FROM planfold.memory_cells) OFFSET 0
) AS old
ORDER BY tenant, agent_id, memory_id
ON CONFLICT (tenant, agent_id, memory_id) DO UPDATE SET cell = excluded.cell, second = excluded.second
WHERE memory_index.model = excluded.model;
