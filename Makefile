# The checks that .ci/run makes, one at a time while you work.
.PHONY: check test lint types layers coverage slow

check: lint types layers test

test:
	uv run pytest

lint:
	uv run --group lint ruff check
	uv run --group lint ruff format --check

types:
	uv run --group lint mypy

layers:
	uv run --group lint lint-imports

coverage:
	uv run pytest -q tests/domain tests/application tests/properties tests/contracts \
	    --cov=planfold.domain --cov=planfold.application --cov-branch --cov-report=term-missing

slow:
	uv run --group model --group mcp-servers pytest -m slow
