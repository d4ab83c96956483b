import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';
import { answered, RawRedis } from '../testing/raw-redis.js';

let api: InProcessApi;
let redis: Redis;
const port = () => api.redisPort ?? 0;

beforeAll(async () => {
  api = await startInProcessApi({ REDIS_LISTEN_PORT: '0', SYNC_MODE: 'hybrid', ASYNC_TIMEOUT_MS: '20000' });
  redis = new Redis(port(), '127.0.0.1');
});

afterAll(async () => {
  redis.disconnect();
  await api.stop();
});

/** Sends bytes on a connection of their own, and awaits an answer. */
async function answerTo(bytes: string, answer: string | RegExp, closed = false): Promise<void> {
  const raw = await RawRedis.open(port());
  raw.send(bytes);
  const matches =
    typeof answer === 'string' ? expect.stringContaining(answer) : expect.stringMatching(answer);
  await expect.poll(() => raw.received).toEqual(matches);
  if (closed) await expect.poll(() => raw.closed).toBe(true);
  else expect(raw.closed).toBe(false);
  raw.socket.destroy();
}

describe('answers', () => {
  it('come in the order of the commands, each of which sees the ones before it on its key', async () => {
    const sent = 'SET p 1\r\nGET p\r\nINCR p\r\nGET p\r\nGET other\r\nDEL p\r\nEXISTS p\r\nPING\r\n';
    await answerTo(sent, /^\+OK\r\n\$1\r\n1\r\n:2\r\n\$1\r\n2\r\n\$-1\r\n:1\r\n:0\r\n\+PONG\r\n$/);
  });

  it('are of the version that HELLO chose, from its own on', async () => {
    await answerTo('GET none\r\nHELLO 3\r\nGET none\r\nHELLO 4\r\n', /^\$-1\r\n%7\r\n.*_\r\n-NOPROTO /s);
  });

  it('to many requests in one write are all there', async () => {
    const results = await redis
      .pipeline(Array.from({ length: 2000 }, (_, index) => ['set', `many:${index % 50}`, String(index)]))
      .exec();
    expect(results?.filter(([error]) => error !== null)).toEqual([]);
    expect(await redis.mget('many:0', 'many:49')).toEqual(['1950', '1999']);
  });

  it('to commands of many keys are one for each, however often a key comes', async () => {
    const often = Array.from({ length: 10_000 }, (_, index) => ['often', String(index)]);
    expect(await redis.mset(often.flat())).toBe('OK');
    expect(await redis.get('often')).toBe('9999');
    const keys = often.map(() => 'often');
    expect(await redis.exists(...keys)).toBe(10_000);
    expect(await redis.del(...keys, 'none')).toBe(1);
  });

  it('are sent to the end to a client that has ended its side', async () => {
    const raw = await RawRedis.open(port());
    raw.socket.end('SET half 1\r\nGET half\r\n');
    await expect.poll(() => raw.closed).toBe(true);
    expect(raw.received).toBe('+OK\r\n$1\r\n1\r\n');
  });

  it('that are not taken stop what is read, and all come once they are', async () => {
    await redis.set('large', 'x'.repeat(500_000));
    const before = await answered(api, 'get');
    const raw = await RawRedis.open(port());
    raw.socket.pause();
    raw.send('GET large\r\n'.repeat(60));
    raw.send('ECHO end\r\n');
    // Others are served meanwhile.
    for (let time = 0; time < 5; time++) expect(await redis.strlen('large')).toBe(500_000);
    expect((await answered(api, 'get')) - before).toBeLessThan(60);
    raw.socket.resume();
    await expect.poll(() => raw.received.endsWith('$3\r\nend\r\n')).toBe(true);
    expect(raw.received).toHaveLength(60 * (500_000 + '$500000\r\n\r\n'.length) + 9);
    raw.socket.destroy();
  });
});

describe('a read behind a write that is answered once it is synced', () => {
  it('is made as soon as the cache has the write, and so is the next write', async () => {
    const own = redis.duplicate();
    await own.call('HS.ANSWER', 'SYNCED');
    const before = await answered(api, 'get');
    const answers = await own
      .pipeline(
        Array.from({ length: 20 }, (_, at) => [
          ['set', 'chain', String(at)],
          ['get', 'chain'],
        ]).flat(),
      )
      .exec();
    expect(answers?.map(([, answer]) => answer)).toEqual(
      Array.from({ length: 20 }, (_, at) => ['OK', String(at)]).flat(),
    );
    expect((await answered(api, 'get')) - before).toBe(20);
    // The last answer is that of a write which is synced.
    expect(await own.call('HS.METHOD')).toBe('ASYNC_THREAD');
    own.disconnect();
  });
});

describe('what is no request, or one too large', () => {
  it.each([
    ['*1\r\n+PING\r\n', "-ERR Protocol error: expected '$', got '+'\r\n"],
    ['PING\r\nGET "x\r\n', '+PONG\r\n-ERR Protocol error: unbalanced quotes in request\r\n'],
    ['POST / HTTP/1.1\r\nHost: x\r\n\r\nSET stolen 1\r\n', "-ERR unknown command 'POST'\r\n"],
    ['GET / HTTP/1.1\r\nHost: x\r\n\r\nSET stolen 1\r\n', "-ERR unknown command 'Host:'\r\n"],
    ['QUIT\r\nSET stolen 1\r\n', '+OK\r\n'],
  ])('ends the connection: %j', async (sent, answer) => {
    await answerTo(sent, answer, true);
    expect(await redis.exists('stolen')).toBe(0);
  });

  it('is refused alone where it only holds too much', async () => {
    const value = 'x'.repeat(1_048_577);
    await answerTo(
      `*3\r\n$3\r\nSET\r\n$1\r\na\r\n$${value.length}\r\n${value}\r\nPING\r\n`,
      '-ERR the request is larger than what may be kept\r\n+PONG\r\n',
    );
    await expect(redis.set('k'.repeat(1025), '')).rejects.toThrow('ERR key: must be at most 1024 bytes');
  });

  it('is refused with a reason where it can not be mirrored', async () => {
    await expect(redis.hset('h', 'f', '1')).rejects.toThrow(
      "ERR unknown command 'hset': it is not served here, since only string values are mirrored; see docs/redis.md",
    );
    await expect(redis.call('nonsense')).rejects.toThrow("ERR unknown command 'nonsense'");
    await expect(redis.call('client', 'tracking', 'on')).rejects.toThrow(
      /^ERR unknown subcommand 'TRACKING': .*since no connection is told of keys that change; switch off/,
    );
    await expect(redis.call('client', 'pause', '1')).rejects.toThrow(
      'since no connection holds or wakes others',
    );
    expect(await redis.call('client', 'tracking', 'off')).toBe('OK');
    expect(await redis.call('client', 'help')).toEqual(expect.arrayContaining(['KILL', 'HELP']));
    await expect(redis.call('client', 'nonsense')).rejects.toThrow(
      "ERR unknown subcommand 'nonsense'. Try CLIENT HELP.",
    );
    await expect(redis.msetnx('a', '1', 'b', '2', 'c', '3')).rejects.toThrow(/^ERR .*slot/);
  });
});

describe('bytes', () => {
  const bytes = Buffer.from([0xff, 0, 13, 10, 0x80]);

  it('come back as they were, as values and as keys', async () => {
    await redis.set(bytes, bytes);
    expect(await redis.getBuffer(bytes)).toEqual(bytes);
    const found = await redis.callBuffer('KEYS', Buffer.concat([bytes.subarray(0, 2), Buffer.from('*')]));
    expect(found).toEqual([bytes]);
    expect(await redis.del(bytes)).toBe(1);
  });

  it('are the same at the other doors', async () => {
    await redis.set('shared', bytes);
    expect(await api.call('kv_get', { key: 'shared' })).toMatchObject({
      value: bytes.toString('base64'),
      contentType: 'application/octet-stream',
      encoding: 'base64',
    });
    await api.call('kv_set', {
      key: 'shared',
      value: 'iVBORw==',
      encoding: 'base64',
      contentType: 'image/png',
    });
    expect(await redis.getBuffer('shared')).toEqual(Buffer.from('iVBORw==', 'base64'));
    expect(await redis.strlen('shared')).toBe(4);
  });
});

describe('how far writes got', () => {
  it('is told by HS.METHOD and waited for by WAIT', async () => {
    const own = redis.duplicate();
    expect(await own.call('HS.METHOD')).toBeNull();
    expect(await own.wait(1, 10)).toBe(1);
    await own.mset('w1', '1', 'w2', '2');
    expect(await own.wait(1, 20_000)).toBe(1);
    const shadows = await Promise.all(['w1', 'w2'].map((key) => api.pod.stores.shadows.find(key)));
    expect(shadows.map((shadow) => shadow?.lastValue)).toEqual(['1', '2']);
    await expect.poll(() => own.call('HS.METHOD')).toBe('ASYNC_THREAD');
    expect(await own.call('HS.ANSWER', 'SYNCED')).toBe('OK');
    await own.set('w1', '3');
    expect((await api.pod.stores.shadows.find('w1'))?.lastValue).toBe('3');
    own.disconnect();
  });
});

describe('large answers', () => {
  it('of one connection are read one by one, as they are taken', async () => {
    await redis.set('mib', 'x'.repeat(1_000_000));
    const before = await answered(api, 'mget');
    const raw = await RawRedis.open(port());
    raw.socket.pause();
    const keys = Array(20).fill('mib').join(' ');
    raw.send(`MGET ${keys}\r\n`.repeat(10));
    await expect.poll(() => answered(api, 'mget')).toBeGreaterThan(before);
    // Others are served meanwhile.
    for (let time = 0; time < 20; time++) expect(await redis.strlen('mib')).toBe(1_000_000);
    expect((await answered(api, 'mget')) - before).toBeLessThan(3);
    raw.socket.resume();
    await expect.poll(() => answered(api, 'mget'), { timeout: 20_000 }).toBe(before + 10);
    raw.socket.destroy();
  });

  it('are refused where they hold too much', async () => {
    await expect(redis.mget(Array(70).fill('mib'))).rejects.toThrow('ERR the values hold 70000000 bytes');
  });
});

describe('keys', () => {
  it('are listed by SCAN, with patterns as Redis has them', async () => {
    await redis.mset('s:1', '', 's:2', '', 's:*', '', 't:1', '');
    const scanned = async (...options: string[]) => {
      const found: string[] = [];
      let cursor = '0';
      do {
        const [next, keys] = (await redis.call('SCAN', cursor, 'COUNT', '1000', ...options)) as [
          string,
          string[],
        ];
        found.push(...keys);
        cursor = next;
      } while (cursor !== '0');
      return [...new Set(found)].sort();
    };
    expect(await scanned('MATCH', 's:?')).toEqual(['s:*', 's:1', 's:2']);
    expect(await scanned('MATCH', 's:\\*')).toEqual(['s:*']);
    expect(await scanned('MATCH', 's:[1-2]', 'TYPE', 'string')).toEqual(['s:1', 's:2']);
    expect(await scanned('MATCH', 's:*', 'TYPE', 'hash')).toEqual([]);
    expect(await redis.dbsize()).toBe((await redis.keys('*')).length);
    expect(await redis.exists((await redis.randomkey()) ?? '')).toBe(1);
    await expect(redis.call('SCAN', 'x')).rejects.toThrow('ERR invalid cursor');
  });
});

describe('connections', () => {
  it('have names, are listed, and can be closed', async () => {
    const other = redis.duplicate({ connectionName: 'other' });
    const id = await other.client('ID');
    expect(String(await redis.client('LIST'))).toContain(`id=${id} addr=127.0.0.1:`);
    expect(await other.client('GETNAME')).toBe('other');
    const closed = new Promise((resolve) => other.once('close', resolve));
    expect(await redis.client('KILL', 'ID', id)).toBe(1);
    await closed;
    other.disconnect();
  });

  it('are listed by type and id', async () => {
    const id = String(await redis.client('ID'));
    const listed = async (...filter: string[]) => String(await redis.call('CLIENT', 'LIST', ...filter));
    expect(await listed('ID', id)).toMatch(new RegExp(`^id=${id} [^\n]*\n$`));
    expect(await listed('TYPE', 'normal')).toContain(`id=${id} `);
    expect(await listed('TYPE', 'pubsub')).toBe('');
    await expect(listed('TYPE', 'x')).rejects.toThrow("ERR Unknown client type 'x'");
    expect(await redis.call('CLIENT', 'KILL', 'TYPE', 'replica')).toBe(0);
  });

  it('may say who they are where nobody is asked, as to a Redis without a password', async () => {
    await answerTo(
      'AUTH default any\r\nHELLO 2 AUTH default any\r\nAUTH nobody any\r\nAUTH any\r\nPING\r\n',
      /^\+OK\r\n\*14\r\n.*-WRONGPASS [^\n]*\n-ERR AUTH <password> called without any [^\n]*\n\+PONG\r\n$/s,
    );
  });

  it('get no answers where they ask for none', async () => {
    await answerTo(
      'CLIENT REPLY OFF\r\nSET quiet 1\r\nCLIENT REPLY ON\r\nGET quiet\r\n',
      /^\+OK\r\n\$1\r\n1\r\n$/,
    );
    await answerTo('CLIENT REPLY SKIP\r\nINCR quiet\r\nGET quiet\r\n', /^\$1\r\n2\r\n$/);
    await answerTo('CLIENT REPLY OFF\r\nRESET\r\n', /^\+RESET\r\n$/);
    await answerTo(
      'CLIENT REPLY SOON\r\nCLIENT NO-TOUCH ON\r\nCLIENT NO-EVICT x\r\n',
      /^-ERR syntax .*\+OK\r\n-ERR syntax /s,
    );
  });

  it('end a WAIT without a bound when they end', async () => {
    const raw = await RawRedis.open(port());
    raw.send('HS.METHOD\r\nWAIT 1 0\r\n');
    await expect.poll(() => raw.received).toBe('$-1\r\n:1\r\n');
    raw.socket.end();
    await expect.poll(() => raw.closed).toBe(true);
  });

  it('are told which keys a command has', async () => {
    expect(await redis.call('COMMAND', 'GETKEYS', 'MSET', 'a', '1', 'b', '2')).toEqual(['a', 'b']);
    expect(await redis.call('COMMAND', 'GETKEYS', 'DEL', 'a', 'b')).toEqual(['a', 'b']);
    await expect(redis.call('COMMAND', 'GETKEYS', 'PING')).rejects.toThrow('ERR The command has no key');
    await expect(redis.call('COMMAND', 'GETKEYS', 'GET')).rejects.toThrow('ERR Invalid number of arguments');
    await expect(redis.call('COMMAND', 'GETKEYS', 'HSET', 'a')).rejects.toThrow('ERR Invalid command');
  });
});
