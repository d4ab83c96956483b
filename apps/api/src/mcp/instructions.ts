/** What a client may give its model to read before the list of tools. */
export const INSTRUCTIONS = `A key-value cache in Redis whose every change is mirrored to a shadow store in MongoDB.
Write with kv_set and kv_del, many at once with kv_batch; read with kv_get. A write is safe once it is answered; "method" says how far it got, and hybrid_sync_wait waits until MongoDB has it.
When syncing lags: hybrid_sync_load_check, then hybrid_sync_stats.
When the two sides may differ: verify_cache_sync; then force_sync_repair, which shows its plan and mends only with apply: true.
Long tasks hand back a cursor: call again with it until there is none.`;
