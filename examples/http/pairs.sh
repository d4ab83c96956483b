#!/bin/sh
# Writes, reads and deletes a pair with curl alone: sh pairs.sh http://localhost:8080
set -eu
api=$1
json='Content-Type: application/json'
curl -sf -X PUT "$api/kv/greeting" -H "$json" -d '{"value": "hello", "ttlSec": 300}' >/dev/null
curl -sf "$api/kv/greeting" -H 'Accept: text/plain'
echo
curl -sf -X DELETE "$api/kv/greeting" >/dev/null
curl -s -o /dev/null -w '%{http_code}\n' "$api/kv/greeting"
