import { InvalidInputError } from '@hybrid-sync/sync-core';
import { OPERATIONS, placesOf, toolContract } from '@hybrid-sync/tool-contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMessage, parsePlain } from '../mcp/message-fault.js';
import { preconditionOf } from './conditions.js';
import { checkPathKey } from './path-key.js';
import { queryArguments, queryForms } from './query.js';

/** Bounded time for each parser, in milliseconds. */
const BOUNDED = { numRuns: 2000, interruptAfterTimeLimit: 5000 };

/** What arrives in a request's first line or headers: bytes, as Node gives them. */
const bytes = fc.uint8Array({ maxLength: 300 }).map((each) => Buffer.from(each).toString('latin1'));
/** Text that is full of what parsers look for. */
const pointed = fc
  .array(
    fc.oneof(
      fc.constantFrom('%', '%2', '%2e', '%ff', '&', '=', '?', '#', '+', '/', '..', '\\', '"', 'W/', ','),
      bytes,
    ),
    {
      maxLength: 30,
    },
  )
  .map((parts) => parts.join(''));
const strange = fc.oneof(bytes, pointed);

/** What is refused is refused by name; anything else would be a fault of the service. */
function refusedByName(parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInputError);
  }
}

describe('whatever bytes a stranger sends', () => {
  const contract = toolContract();
  const { input } = contract.hybrid_sync_dead_letters;
  const { query } = placesOf(OPERATIONS.hybrid_sync_dead_letters, Object.keys(input.shape));
  const forms = queryForms(input, query);

  it('a query is read or refused by name', () => {
    fc.assert(
      fc.property(strange, (text) =>
        refusedByName(() => queryArguments(`/sync/dead-letters?${text}`, forms)),
      ),
      BOUNDED,
    );
  });

  it('a query that was written properly is read as it was meant', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { maxLength: 5 }), (ids) => {
        const written = new URLSearchParams(ids.map((id): [string, string] => ['ids', id]));
        expect(queryArguments(`/?${written}`, forms).get('ids') ?? []).toEqual(ids);
      }),
      BOUNDED,
    );
  });

  it('a key in a path is taken or refused by name', () => {
    fc.assert(
      fc.property(strange, (text) => refusedByName(() => checkPathKey(`/kv/${text}`, '/kv/'))),
      BOUNDED,
    );
  });

  it('conditions are read or refused by name', () => {
    fc.assert(
      fc.property(strange, strange, (match, none) => {
        refusedByName(() => preconditionOf({ 'if-match': match }));
        refusedByName(() => preconditionOf({ 'if-none-match': none }));
      }),
      BOUNDED,
    );
  });

  it('a message is taken, or told what is wrong with it in few words', () => {
    const part = fc.oneof(
      fc.jsonValue({ maxDepth: 4 }),
      fc.constantFrom('2.0', 'tools/call', 'initialize', 1, null),
    );
    const message = fc.oneof(
      fc.jsonValue({ maxDepth: 5 }),
      fc.record({ jsonrpc: part, id: part, method: part, params: part }, { requiredKeys: [] }),
      fc.record({
        jsonrpc: fc.constant('2.0'),
        id: part,
        method: fc.constantFrom('tools/call', 'ping', '__proto__'),
        params: part,
      }),
    );
    fc.assert(
      fc.property(message, (body) => {
        for (const parsed of [parseMessage(body), parsePlain(body)]) {
          if (parsed !== undefined && 'status' in parsed) {
            expect([200, 400]).toContain(parsed.status);
            expect(parsed.message.length).toBeLessThan(1000);
          }
        }
      }),
      BOUNDED,
    );
  });
});
