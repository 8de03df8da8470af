"""Which memories bear on a goal, and in which order: one statement over all memories of one agent.

Each memory is ranked twice: by the nearness of its meaning (cosine of the embeddings) and by the words it shares with
the goal, behind all that share some if it shares none. Reciprocal ranks fuse the two orders (Cormack, Clarke and
Buettcher, SIGIR 2009, whose 60 is kept): the score is 1/(60 + rank) + 1/(60 + rank).

Age decides between equals only, so that no new memory comes before one that bears more on the goal. Cosines count to
two decimals, below which a static embedding says nothing: two versions of one sentence tie, and the newer comes first.
"""

FLOOR = 0.2
"""The least cosine of a memory without a word in common, for the embeddings in the wheel `wordllama`.

Tried with 235 memories of a company's agents: of 2,115 pairs with goals from elsewhere (a cake, Hamlet, an orbit) 3
reached 0.2 without a word in common, 12 reached 0.18; of 41 pairs that belong together 26 reached 0.2, with or without.
Another model needs another floor.
"""
COMPARED = 50_000
"""An agent's newest memories that are looked at; each takes 2 us for a goal of a line, 15 for one of GOAL_CHARACTERS."""
GOAL_CHARACTERS = 1_000
"""Words in common are looked for with the beginning of a longer goal; its embedding takes in all of it."""

WANTED = """
    SELECT
        (SELECT model FROM planfold.embedding_models WHERE tenant = %(tenant)s) AS model,
        EXISTS (
            SELECT FROM planfold.memories
            WHERE tenant = %(tenant)s AND agent_id = %(agent_id)s AND run_id IS DISTINCT FROM %(run_id)s
        ) AS anything
"""
"""Which model the tenant uses, and whether the agent remembers anything: asked before an embedding is made."""

RECALL = """
    WITH asked AS MATERIALIZED (
        SELECT
            %(vector)s::planfold.embedding AS vector,
            -- Any of the words is a hit. A lexeme holds no blank, so this replaces operators only.
            replace(plainto_tsquery('pg_catalog.english', %(words)s)::text, ' & ', ' | ')::tsquery AS words,
            (
                SELECT created_at FROM planfold.memories
                WHERE tenant = %(tenant)s AND agent_id = %(agent_id)s
                ORDER BY created_at DESC OFFSET %(compared)s - 1 LIMIT 1
            ) AS since
    ),
    judged AS (
        SELECT
            memory_id,
            created_at,
            -- Embeddings of two models are never compared, nor of two dimensions: that would be an error.
            CASE WHEN model = %(model)s THEN planfold.cosine(embedding, vector) END AS cosine,
            -- ts_rank_cd takes eight times as long for a long goal, and orders no better.
            nullif(ts_rank(search, words), 0) AS hits
        FROM asked, planfold.memories
        WHERE tenant = %(tenant)s AND agent_id = %(agent_id)s AND run_id IS DISTINCT FROM %(run_id)s
            AND (since IS NULL OR created_at >= since)
    ),
    ranked AS (
        SELECT
            memory_id,
            rank() OVER (ORDER BY round(cosine::numeric, 2) DESC NULLS LAST) AS nearness,
            rank() OVER (ORDER BY hits DESC NULLS LAST) AS wording
        FROM judged
        WHERE hits IS NOT NULL OR cosine >= %(floor)s
    )
    SELECT memory_id AS id, text, type, created_at, trust,
        round(1.0 / (60 + nearness) + 1.0 / (60 + wording), 6)::double precision AS score
    FROM ranked JOIN planfold.memories USING (memory_id)
    WHERE tenant = %(tenant)s AND agent_id = %(agent_id)s
    ORDER BY score DESC, created_at DESC, id
    LIMIT %(considered)s
"""
