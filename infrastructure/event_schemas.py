"""JSON Schemas (2020-12) of what events carry, in the newest form of each."""

from typing import Any

from planfold.application.cloud_events import dataschema
from planfold.infrastructure.event_names import FACTS
from planfold.infrastructure.upcasts import newest


def data_schema(name: str) -> dict[str, Any]:
    """What the data of such an event is. Fields that a later release adds are allowed, as every reader must."""
    found: dict[str, Any] = _open(FACTS[name].model_json_schema())
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": dataschema(name, newest(name))}
    return about | found


def _open(schema: Any) -> Any:
    """Without the word that nothing else may stand there, which is for those who write."""
    if isinstance(schema, list):
        return [_open(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _open(value) for key, value in schema.items() if key != "additionalProperties" or value is not False}
