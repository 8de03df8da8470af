-- Goals are full of addresses, which the parser takes for one word each: their parts are words to look for, too.
ALTER TABLE planfold.results DROP COLUMN search;
ALTER TABLE planfold.results ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
    to_tsvector('simple', goal) || to_tsvector('simple', translate(goal, './:_@?=&#-', '          '))
) STORED;
CREATE INDEX results_search ON planfold.results USING gin (search);
