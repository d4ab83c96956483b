# What redis-rb says of itself against a port: `ruby redis-rb.rb <port> <prefix>`. It exits 1 at the first thing that is not as with Redis.
require 'redis'

port, prefix = ARGV
redis = Redis.new(host: '127.0.0.1', port: port.to_i)
key = ->(name) { prefix + name }

def same(expected, found, what)
  abort "#{what}: #{found.inspect} instead of #{expected.inspect}" unless expected == found
end

same true, redis.set(key['a'], "\x00\xff".b, nx: true, ex: 100), 'SET NX EX'
same false, redis.set(key['a'], 'b', nx: true), 'SET NX of what is there'
same "\x00\xff".b, redis.get(key['a']).b, 'GET'
same nil, redis.get(key['none']), 'GET of nothing'
same true, redis.ttl(key['a']) > 90, 'TTL'
same 'OK', redis.mset(key['b'], '1', key['c'], '2'), 'MSET'
same ['1', '2', nil], redis.mget(key['b'], key['c'], key['none']), 'MGET'
same 6, redis.incrby(key['b'], 5), 'INCRBY'
same 0.5, redis.incrbyfloat(key['f'], 0.5), 'INCRBYFLOAT'
answers = redis.pipelined do |pipeline|
  pipeline.set(key['c'], '7')
  pipeline.get(key['c'])
  pipeline.exists?(key['c'])
end
same ['OK', '7', true], answers, 'a pipeline'
same %w[a b c f].map(&key), redis.scan_each(match: "#{prefix}*").to_a.uniq.sort, 'SCAN'
begin
  same 'an error', redis.hset(key['h'], 'field', 'v'), 'HSET'
rescue Redis::CommandError => refused
  same true, refused.message.include?('only string values'), refused.message
end
same 4, redis.del(*%w[a b c f].map(&key)), 'DEL'
puts "redis-rb #{Redis::VERSION}"
