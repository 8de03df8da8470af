"""The database of a test as a URL, which is how a process is told."""

from urllib.parse import quote

import pytest
from psycopg.conninfo import conninfo_to_dict

from planfold.infrastructure.postgres.embedded import Endpoint


@pytest.fixture
def url(database: Endpoint) -> str:
    given = conninfo_to_dict(database.app)
    port = f"&port={given['port']}" if "port" in given else ""
    return f"postgresql://{given['user']}@/{given['dbname']}?host={quote(str(given['host']), safe='')}{port}"
