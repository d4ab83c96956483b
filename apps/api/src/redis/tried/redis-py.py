"""What redis-py says of itself against a port: `python3 redis-py.py <port> <prefix>`. It exits 1 at the first thing that is not as with Redis."""

import sys

import redis

port, prefix = sys.argv[1:]


def same(expected, found, what):
    if expected != found:
        sys.exit(f"{what}: {found!r} instead of {expected!r}")


def key(name):
    return prefix + name


def smoke(**options):
    pool = redis.ConnectionPool(host="127.0.0.1", port=int(port), health_check_interval=1, **options)
    client = redis.Redis(connection_pool=pool)
    same(True, client.ping(), "PING")
    same(True, client.set(key("a"), "ä", nx=True, ex=100), "SET NX EX")
    same(None, client.set(key("a"), "b", nx=True), "SET NX of what is there")
    same("ä", client.get(key("a")), "GET")
    same(None, client.get(key("none")), "GET of nothing")
    same(True, client.ttl(key("a")) > 90, "TTL")
    same(True, client.mset({key("b"): 1, key("c"): 2}), "MSET")
    same(["1", "2", None], client.mget(key("b"), key("c"), key("none")), "MGET")
    same(6, client.incrby(key("b"), 5), "INCRBY")
    same(0.5, client.incrbyfloat(key("f"), 0.5), "INCRBYFLOAT")
    pipeline = client.pipeline(transaction=False)
    same([True, "7", 1], pipeline.set(key("c"), 7).get(key("c")).exists(key("c")).execute(), "a pipeline")
    found = sorted(set(client.scan_iter(match=prefix + "*")))
    same([key(name) for name in "abcf"], found, "SCAN")
    try:
        same("an error", client.hset(key("h"), "field", "v"), "HSET")
    except redis.ResponseError as refused:
        same(True, "only string values" in str(refused), str(refused))
    same(4, client.delete(*(key(name) for name in "abcf")), "DEL")
    pool.disconnect()


smoke(decode_responses=True)
# The third version of the protocol came with release 5.
if int(redis.__version__.split(".")[0]) >= 5:
    smoke(decode_responses=True, protocol=3)
print("redis-py", redis.__version__)
