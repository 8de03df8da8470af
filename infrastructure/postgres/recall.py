"""Which memories bear on a goal, and in which order: one statement over the memories of one agent.

Each memory is ranked twice: by the nearness of its meaning (cosine of the embeddings) and by the words it shares with
the goal, behind all that share some if it shares none. Reciprocal ranks fuse the two orders (Cormack, Clarke and
Buettcher, SIGIR 2009, whose 60 is kept): the score is 1/(60 + rank) + 1/(60 + rank).

Of an agent with many memories only some are ranked: those nearest by the signs of their embeddings in the cells nearest
to the goal, the newest, and those that share a word which few of the others hold (ADR 24, 31). Each part is
bounded: the nearer, the newer, the rarer stay. Only in the last cell looked into it is the index that tells which.

Age decides between equals only, so that no new memory comes before one that bears more on the goal. Cosines count to
two decimals, below which a static embedding says nothing: two versions of one sentence tie, and the newer comes first.
"""

FLOOR = 0.2
"""The least cosine of a memory without a word in common, for the embeddings in the wheel `wordllama`.

Tried with 235 memories of a company's agents: of 2,115 pairs with goals from elsewhere (a cake, Hamlet, an orbit) 3
reached 0.2 without a word in common, 12 reached 0.18; of 41 pairs that belong together 26 reached 0.2, with or without.
Another model needs another floor.
"""
JUDGED = 1_000
"""An agent with no more memories has each of them judged: 2 us apiece for a goal of a line, 15 for GOAL_CHARACTERS."""
CELLS = 150
"""Of a larger agent's 2,048 cells, how many are looked into at most, the nearest first."""
ENTRIES = 12_000
"""And how many memories in them, each of which is in two cells: ADR 31 has the curve."""
NEAREST = 350
"""How many of those in these cells are judged: the ones whose signs differ least from the goal's."""
NEWEST = 100
"""A larger agent's newest memories are judged, too, and tell which words are common with it."""
SHARED = 200
"""A word that more of a larger agent's memories hold finds none of them by itself; nor do all words together more."""
GOAL_CHARACTERS = 1_000
"""Words in common are looked for with the beginning of a longer goal; its embedding takes in all of it."""

WANTED = """
    SELECT
        (SELECT model FROM planfold.embedding_models WHERE tenant = %(tenant)s) AS model,
        EXISTS (
            SELECT FROM planfold.memories
            WHERE tenant = %(tenant)s AND agent_id = %(agent_id)s AND run_id IS DISTINCT FROM %(run_id)s
        ) AS anything,
        EXISTS (
            SELECT FROM planfold.memory_index
            WHERE tenant = %(tenant)s AND agent_id = %(agent_id)s OFFSET %(judged)s
        ) AS many
"""
"""Which model the tenant uses, and whether the agent remembers anything, or much: asked before an embedding is made."""

ASKED = """
    WITH asked AS MATERIALIZED (
        SELECT
            %(vector)s::planfold.embedding AS vector,
            -- Any of the words is a hit. A lexeme holds no blank, so this replaces operators only.
            replace(plainto_tsquery('pg_catalog.english', %(words)s)::text, ' & ', ' | ')::tsquery AS words
    ),
"""
_RANKED = """
    judged AS (
        SELECT
            memory_id,
            created_at,
            -- Embeddings of two models are never compared, nor of two dimensions: that would be an error.
            CASE WHEN model = %(model)s THEN planfold.cosine(embedding, vector) END AS cosine,
            -- ts_rank_cd takes eight times as long for a long goal, and orders no better.
            nullif(ts_rank(search, words), 0) AS hits
        FROM asked, {candidates}
        WHERE tenant = %(tenant)s AND agent_id = %(agent_id)s AND run_id IS DISTINCT FROM %(run_id)s
    ),
    ranked AS (
        SELECT
            memory_id,
            created_at,
            rank() OVER (ORDER BY round(cosine::numeric, 2) DESC NULLS LAST) AS nearness,
            rank() OVER (ORDER BY hits DESC NULLS LAST) AS wording
        FROM judged
        WHERE hits IS NOT NULL OR cosine >= %(floor)s
    ),
    best AS (
        SELECT memory_id, round(1.0 / (60 + nearness) + 1.0 / (60 + wording), 6)::double precision AS score
        FROM ranked
        ORDER BY score DESC, created_at DESC, memory_id LIMIT %(considered)s
    )
    SELECT memory_id AS id, text, type, created_at, trust, score
    FROM best JOIN planfold.memories USING (memory_id)
    WHERE tenant = %(tenant)s AND agent_id = %(agent_id)s
    ORDER BY score DESC, created_at DESC, id
"""
_IN_CELL = """
    SELECT planfold.differing(bits, (SELECT signs FROM goal)) AS differing, memory_id FROM planfold.memory_index
    WHERE tenant = %(tenant)s AND agent_id = %(agent_id)s AND run_id IS DISTINCT FROM %(run_id)s AND {}
        -- While a tenant's memories are embedded anew, some are of another length.
        AND length(bits) = (SELECT how_many FROM goal)
"""
_NEAR = """
    goal AS MATERIALIZED (
        SELECT planfold.bits(vector) AS signs, length(planfold.bits(vector)) AS how_many FROM asked
    ),
    nearest_cells AS MATERIALIZED (
        SELECT cell AS looked_into
        FROM (SELECT planfold.half(vector) AS pointing FROM asked OFFSET 0) AS halved, planfold.memory_cells
        WHERE tenant = %(tenant)s AND agent_id = %(agent_id)s AND model = %(model)s
        ORDER BY planfold.cosine(centre, pointing) DESC, cell LIMIT %(cells)s
    ),
    near AS MATERIALIZED (
        SELECT memory_id FROM (
            SELECT DISTINCT differing, memory_id FROM (
                ({})
                UNION ALL (
                    -- What depends on each cell is a nested loop, which takes the cells in their order.
                    SELECT held.* FROM nearest_cells CROSS JOIN LATERAL (
                        {}
                        UNION ALL {}
                    ) AS held
                    LIMIT %(entries)s
                )
                -- Each memory is among them twice at most.
                ORDER BY differing, memory_id LIMIT 2 * %(nearest)s::bigint
            ) AS twice
            ORDER BY differing, memory_id LIMIT %(nearest)s
        ) AS once
    )
"""
_WHICH = ("cell = 0", "cell = looked_into", "second = looked_into")
NEAR = _NEAR.format(*(_IN_CELL.format(cell) for cell in _WHICH))
_FOUND = """
    newest AS MATERIALIZED (
        SELECT memory_id, search FROM planfold.memories
        WHERE tenant = %(tenant)s AND agent_id = %(agent_id)s AND run_id IS DISTINCT FROM %(run_id)s
        ORDER BY created_at DESC, memory_id DESC LIMIT %(newest)s
    ),
    -- A word that more than one in fifty of the newest hold is common: to look all of it up would take long, and tell little.
    rare AS MATERIALIZED (
        SELECT lexeme
        FROM unnest(tsvector_to_array(to_tsvector('pg_catalog.english', %(words)s))) AS goal (lexeme)
            LEFT JOIN (SELECT unnest(tsvector_to_array(search)) AS lexeme FROM newest) AS known USING (lexeme)
        GROUP BY lexeme HAVING 50 * count(*) <= %(newest)s
    ),
    shared AS MATERIALIZED (
        SELECT found.ids, sum(cardinality(found.ids)) OVER (ORDER BY cardinality(found.ids), lexeme) AS so_far
        FROM rare CROSS JOIN LATERAL (
            SELECT ARRAY(
                SELECT memory_id FROM planfold.memory_index
                WHERE words @> ARRAY[planfold.word_key(%(tenant)s, %(agent_id)s, lexeme)]
                LIMIT %(shared)s + 1
            ) AS ids OFFSET 0
        ) AS found
    ),
    found AS MATERIALIZED (
        SELECT memory_id FROM near
        UNION SELECT memory_id FROM newest
        UNION SELECT unnest(ids) FROM shared WHERE so_far <= %(shared)s
    ),
"""

RECALL = f"{ASKED}{_RANKED.format(candidates='planfold.memories')}"
"""Every memory of the agent is judged."""
RECALL_FROM_MANY = (
    f"{ASKED}{NEAR},{_FOUND}{_RANKED.format(candidates='found JOIN planfold.memories USING (memory_id)')}"
)
"""Judged are those nearest by their signs, the newest, and those that share a rare word: all bounded."""
