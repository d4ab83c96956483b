"""Writes a pair by the OpenAPI document of the service, with the standard library alone.

python3 pairs.py http://localhost:8080
"""

import json
import sys
import urllib.request

api = sys.argv[1]


def call(method, path, body=None):
    """Calls the service; the answer is JSON."""
    request = urllib.request.Request(
        api + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Accept": "application/json"} if body is not None else {"Accept": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


document = call("GET", "/openapi.json")
assert "put" in document["paths"]["/kv/{key}"], "the service can't set a pair"

version = call("PUT", "/kv/from-python", {"value": "hello"})["version"]
pair = call("GET", "/kv/from-python")
assert pair["version"] == version
print(pair["value"])
