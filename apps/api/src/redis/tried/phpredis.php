<?php
// What phpredis says of itself against a port: `php phpredis.php <port> <prefix>`. It exits 1 at the first thing that is not as with Redis.
[, $port, $prefix] = $argv;

function same($expected, $found, string $what): void {
    if ($expected === $found) return;
    fwrite(STDERR, "$what: " . var_export($found, true) . ' instead of ' . var_export($expected, true) . "\n");
    exit(1);
}

$redis = new Redis();
$redis->connect('127.0.0.1', (int) $port);
$redis->setOption(Redis::OPT_PREFIX, $prefix);
same(true, $redis->set('a', "\x00\xff", ['nx', 'ex' => 100]), 'SET NX EX');
same(false, $redis->set('a', 'b', ['nx']), 'SET NX of what is there');
same("\x00\xff", $redis->get('a'), 'GET');
same(false, $redis->get('none'), 'GET of nothing');
same(true, $redis->ttl('a') > 90, 'TTL');
same(true, $redis->mset(['b' => '1', 'c' => '2']), 'MSET');
same(['1', '2', false], $redis->mget(['b', 'c', 'none']), 'MGET');
same(6, $redis->incrBy('b', 5), 'INCRBY');
same(0.5, $redis->incrByFloat('f', 0.5), 'INCRBYFLOAT');
same([true, '7', 1], $redis->pipeline()->set('c', '7')->get('c')->exists('c')->exec(), 'a pipeline');
$redis->setOption(Redis::OPT_SCAN, Redis::SCAN_RETRY);
$found = [];
for ($cursor = null; is_array($keys = $redis->scan($cursor, "{$prefix}*")); ) array_push($found, ...$keys);
sort($found);
same(["{$prefix}a", "{$prefix}b", "{$prefix}c", "{$prefix}f"], $found, 'SCAN');
same(false, $redis->hSet('h', 'field', 'v'), 'HSET');
same(true, str_contains((string) $redis->getLastError(), 'only string values'), 'the reason of a refusal');
same(4, $redis->del('a', 'b', 'c', 'f'), 'DEL');
echo 'phpredis ' . phpversion('redis') . "\n";
