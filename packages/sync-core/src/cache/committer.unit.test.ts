import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CommittedChange, change, elsewhere, set } from '../testing/committed-change.js';
import { type Deferred, deferred } from '../testing/deferred.js';
import { CommitTimeoutError, Committer } from './committer.js';

/** The calls so far: what each was given, and what its test answers. */
let calls: { readonly group: string[]; readonly answer: Deferred<(string | Error)[]> }[];
let committer: Committer<CommittedChange, string>;
const committerOf = (deadlineMs: number, together = false) =>
  new Committer<CommittedChange, string>(
    (groups) =>
      groups.map((group) => {
        const answer = deferred<(string | Error)[]>();
        calls.push({ group: group.map(({ name }) => name), answer });
        return answer.promise;
      }),
    () => deadlineMs,
    () => together,
  );
beforeEach(() => {
  calls = [];
  committer = committerOf(60_000);
});

/** Has one made alone. */
const commit = async (mutation: CommittedChange, by = committer): Promise<string> => {
  const [reply] = await by.commit([mutation]);
  if (typeof reply === 'string') return reply;
  throw reply;
};
const groups = () => calls.map(({ group }) => group.join(' '));
const afterCalls = (count: number) => expect.poll(() => calls.length).toBe(count);
/** Each mutation of a call is answered with its name. */
const answer = (call: number) => calls[call]?.answer.resolve([...(calls[call]?.group ?? [])]);
/** Lets so many turns of the event loop pass. */
const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
};
/** Offers mutations while a call is under way, and tells with which calls they leave. */
const behindOne = async (...mutations: CommittedChange[]) => {
  const all = [commit(set('first'))];
  await afterCalls(1);
  all.push(...mutations.map((mutation) => commit(mutation)));
  for (let call = 0; calls.length > call; call++) {
    answer(call);
    await turns(4);
  }
  await Promise.all(all);
  return groups().slice(1);
};

describe('a mutation', () => {
  it('leaves at once when no call is under way, with what arrives in the same turn', async () => {
    const both = [commit(set('a')), commit(set('b'))];
    await afterCalls(1);
    expect(groups()).toEqual(['a b']);
    answer(0);
    expect(await Promise.all(both)).toEqual(['a', 'b']);
  });

  it('waits for one turn more behind a round trip of several, and goes with what arrives in it', async () => {
    const both = [commit(set('a')), commit(set('b'))];
    await afterCalls(1);
    answer(0);
    await Promise.all(both);
    const next = [commit(set('c'))];
    await turns(1);
    next.push(commit(set('d')));
    await afterCalls(2);
    answer(1);
    await Promise.all(next);
    expect(groups()).toEqual(['a b', 'c d']);
  });

  it('that arrives while a call is under way goes with the next one', async () => {
    const first = commit(set('a'));
    await afterCalls(1);
    const others = [commit(set('b')), commit(set('c'))];
    await new Promise((resolve) => setImmediate(resolve));
    expect(groups()).toEqual(['a']);
    answer(0);
    await afterCalls(2);
    expect(groups()).toEqual(['a', 'b c']);
    answer(1);
    expect(await Promise.all([first, ...others])).toEqual(['a', 'b', 'c']);
  });

  it('has a reply or an error of its own', async () => {
    const all = Promise.allSettled(['a', 'b', 'c'].map((name) => commit(set(name))));
    await afterCalls(1);
    const refused = new Error('of b alone');
    calls[0]?.answer.resolve(['a', refused, 'c']);
    expect(await all).toEqual([
      { status: 'fulfilled', value: 'a' },
      { status: 'rejected', reason: refused },
      { status: 'fulfilled', value: 'c' },
    ]);
  });

  it('fails with its call, and what waits leaves all the same', async () => {
    const first = commit(set('a'));
    await afterCalls(1);
    const second = commit(set('b'));
    calls[0]?.answer.reject(new Error('Redis is away'));
    await expect(first).rejects.toThrow('Redis is away');
    await afterCalls(2);
    answer(1);
    expect(await second).toBe('b');
  });

  it('fails where nothing may be sent, and what comes later is sent once it may', async () => {
    let allowed = false;
    const strict = new Committer<CommittedChange, string>(
      (groups) => {
        if (!allowed) throw new Error('not allowed');
        return groups.map(async (group) => group.map(({ name }) => name));
      },
      () => 60_000,
      () => false,
    );
    await expect(commit(set('a'), strict)).rejects.toThrow('not allowed');
    allowed = true;
    expect(await commit(set('b'), strict)).toBe('b');
  });

  it('without a reply is not taken for one that was made', async () => {
    const both = [commit(set('a')), commit(set('b'))];
    const settled = Promise.allSettled(both);
    await afterCalls(1);
    calls[0]?.answer.resolve(['a']);
    expect(await settled).toMatchObject([{ status: 'fulfilled' }, { status: 'rejected' }]);
  });
});

describe('a call', () => {
  it('takes 64 mutations', async () => {
    const names = Array.from({ length: 130 }, (_, index) => set(`${index}`));
    expect((await behindOne(...names)).map((group) => group.split(' ').length)).toEqual([64, 64, 2]);
  });

  it('takes 64 KiB of values, or a single larger one', async () => {
    const KIB = 1024;
    const sizes = { a: 40, b: 24, c: 1, d: 100, e: 1, f: Number.POSITIVE_INFINITY, g: 1 };
    const mutations = Object.entries(sizes).map(([name, kib]) => set(name, kib * KIB));
    expect(await behindOne(...mutations)).toEqual(['a b', 'c', 'd', 'e', 'f', 'g']);
  });

  it('is of one slot; those of several slots leave together, and all are told at once', async () => {
    const told: string[] = [];
    const all = [set('a'), elsewhere(set('b')), set('c')].map((mutation) =>
      commit(mutation).then((name) => told.push(name)),
    );
    await afterCalls(2);
    expect(groups()).toEqual(['a c', 'b']);
    const next = commit(set('d'));
    answer(0);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(told).toEqual([]);
    expect(calls).toHaveLength(2);
    answer(1);
    await Promise.all(all);
    expect(told).toEqual(['a', 'c', 'b']);
    await afterCalls(3);
    answer(2);
    expect(await next).toBe('d');
  });

  it('is of several slots where it may be, as far as they fit into one, those of a slot side by side', async () => {
    committer = committerOf(60_000, true);
    expect(await behindOne(set('a'), elsewhere(set('b')), set('c'), elsewhere(set('d')))).toEqual([
      'a c b d',
    ]);
    const many = (of: (each: CommittedChange) => CommittedChange, count: number) =>
      Array.from({ length: count }, (_, index) => of(set(`${index}`)));
    calls = [];
    const left = await behindOne(...many((each) => each, 40), ...many(elsewhere, 25));
    expect(left.map((call) => call.split(' ').length)).toEqual([40, 25]);
  });

  it('takes the oldest of its slot, in their order, and none that would overtake one that is too large', async () => {
    const mutations = [set('a', 40_000), set('b', 40_000), set('c'), set('d')];
    expect(await behindOne(...mutations)).toEqual(['a', 'b c d']);
  });
});

describe('mutations that are offered together', () => {
  it('leave with as many calls as they take, and are told together, each of its own reply', async () => {
    const all = committer.commit(Array.from({ length: 65 }, (_, index) => set(`${index}`)));
    await afterCalls(1);
    const refused = new Error('of the first alone');
    calls[0]?.answer.resolve([refused, ...(calls[0]?.group.slice(1) ?? [])]);
    await afterCalls(2);
    calls[1]?.answer.reject(new Error('Redis is away'));
    const replies = await all;
    expect(replies).toHaveLength(65);
    expect(replies.slice(0, 2)).toEqual([refused, '1']);
    expect(replies[64]).toMatchObject({ message: 'Redis is away' });
  });
});

describe('of mutations of one key that wait', () => {
  const plain = (name: string, bytes = 1) => change(name, bytes, ['k'], true);

  it('the newest stands for those before it, which have its reply', async () => {
    const [a, b, c] = [plain('a'), plain('b'), plain('c')];
    const all = [committer.commit([a, set('other'), b]), committer.commit([c])];
    await afterCalls(1);
    expect(groups()).toEqual(['c other']);
    expect([a.stoodFor, b.stoodFor, c.stoodFor]).toEqual([[], ['a'], ['b']]);
    answer(0);
    expect(await Promise.all(all)).toEqual([['c', 'other', 'c'], ['c']]);
  });

  it('none stands for one behind which another of its key is', async () => {
    const ofSeveral = change('several', 1, ['j', 'k'], false);
    void committer.commit([plain('a'), change('rule', 1, ['k'], false), plain('b')]);
    await afterCalls(1);
    expect(groups()).toEqual(['a rule b']);
    committer = committerOf(60_000);
    void committer.commit([plain('a'), ofSeveral, plain('b')]);
    await afterCalls(2);
    expect(groups()[1]).toBe('a several b');
  });

  it('none stands for one in whose place it is too large', async () => {
    expect(await behindOne(set('large', 60_000), plain('a'), plain('b', 60_000))).toEqual(['large a', 'b']);
  });

  it('one whose time is up is not sent for those before it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const first = commit(set('first'));
    await turns(3);
    const late = committer.commit([plain('a'), plain('b')]);
    vi.advanceTimersByTime(59_999);
    const next = committer.commit([plain('c')]);
    vi.advanceTimersByTime(1);
    expect(await late).toEqual([expect.any(CommitTimeoutError), expect.any(CommitTimeoutError)]);
    await expect(first).rejects.toThrow(CommitTimeoutError);
    answer(0);
    await turns(3);
    expect(groups()).toEqual(['first', 'c']);
    answer(1);
    expect(await next).toEqual(['c']);
    vi.useRealTimers();
  });
});

describe('a mutation whose time is up', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());
  const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  const timesOut = (mutation: CommittedChange) =>
    expect(commit(mutation)).rejects.toThrow(CommitTimeoutError);

  it('is withdrawn while it waits, and never sent', async () => {
    const first = commit(set('a'));
    await turn();
    vi.advanceTimersByTime(1);
    const withdrawn = timesOut(set('b'));
    answer(0);
    await first;
    vi.advanceTimersByTime(60_000);
    await withdrawn;
    await turn();
    expect(groups()).toEqual(['a']);
    const next = commit(set('c'));
    await turn();
    expect(groups()).toEqual(['a', 'c']);
    answer(1);
    expect(await next).toBe('c');
  });

  it('fails although its call is under way, behind which others still wait', async () => {
    const failed = timesOut(set('a'));
    await turn();
    vi.advanceTimersByTime(60_000);
    await failed;
    const second = commit(set('b'));
    await turn();
    expect(groups()).toEqual(['a']);
    answer(0);
    await turn();
    answer(1);
    expect(await second).toBe('b');
    expect(vi.getTimerCount()).toBe(0);
  });
});
