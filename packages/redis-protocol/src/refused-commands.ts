/** Commands of Redis that are not served, by the reason, which ends a sentence. */
const REFUSED_BECAUSE: Readonly<Record<string, string>> = {
  'only string values are mirrored': `
    hdel hexists hget hgetall hincrby hincrbyfloat hkeys hlen hmget hmset hrandfield hscan hset hsetnx hstrlen hvals
    blmove blmpop blpop brpop brpoplpush lindex linsert llen lmove lmpop lpop lpos lpush lpushx lrange lrem lset ltrim
    rpop rpoplpush rpush rpushx
    sadd scard sdiff sdiffstore sinter sintercard sinterstore sismember smembers smismember smove spop srandmember srem
    sscan sunion sunionstore
    bzmpop bzpopmax bzpopmin zadd zcard zcount zdiff zdiffstore zincrby zinter zintercard zinterstore zlexcount zmpop
    zmscore zpopmax zpopmin zrandmember zrange zrangebylex zrangebyscore zrangestore zrank zrem zremrangebylex
    zremrangebyrank zremrangebyscore zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan zscore zunion zunionstore
    xack xadd xautoclaim xclaim xdel xgroup xinfo xlen xpending xrange xread xreadgroup xrevrange xsetid xtrim
    geoadd geodist geohash geopos georadius georadius_ro georadiusbymember georadiusbymember_ro geosearch geosearchstore
    pfadd pfcount pfdebug pfmerge pfselftest sort sort_ro`,
  'a part of a value can not be written by itself': `
    bitcount bitfield bitfield_ro bitop bitpos getbit lcs setbit setrange`,
  'each write is a mutation of its own, and there are no transactions': `
    discard exec multi unwatch watch`,
  'what a script would write could not be mirrored': `
    eval eval_ro evalsha evalsha_ro fcall fcall_ro function script`,
  'nothing is published here': `
    psubscribe publish pubsub punsubscribe spublish ssubscribe subscribe sunsubscribe unsubscribe`,
  'a key stays in its slot, and the two would be two mutations': `
    copy move rename renamenx swapdb`,
  'a value has no other form than its bytes': `
    dump migrate object restore restore-asking`,
  'the last copy is never deleted as a whole; kv_delete_prefix deletes by prefix': `
    flushall flushdb`,
  'it is about the server, which is administered by its own tools': `
    acl bgrewriteaof bgsave config debug failover lastsave latency lolwut memory module monitor role save shutdown
    slowlog`,
  'this is no node of a cluster, and has no replicas': `
    asking cluster psync readonly readwrite replconf replicaof slaveof sync`,
};

/** Why each command of Redis that is not served is not, by its name in small letters. */
export const REFUSED_COMMANDS: ReadonlyMap<string, string> = new Map(
  Object.entries(REFUSED_BECAUSE).flatMap(([why, names]) =>
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, why] as const),
  ),
);
