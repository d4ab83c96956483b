import { ClientError, HybridSyncClient } from '@hybrid-sync/client';
import type { ToolInput, ToolName, ToolResult } from '@hybrid-sync/tool-contract';
import { commandFailureOf } from './command-failure.js';
import type { Connection } from './connection.js';

/** Calls an api's tools once each: who types a command sees at once what came of it. */
export class CommandClient {
  readonly #client: HybridSyncClient;
  readonly #signal: AbortSignal;

  /** `signal` ends a call under way, which then throws its reason. */
  constructor(connection: Connection, signal: AbortSignal) {
    this.#client = new HybridSyncClient({ ...connection, retries: 0 });
    this.#signal = signal;
  }

  /** Calls a tool. @throws CommandFailure when the api can't be reached, refuses or fails */
  async call<Name extends ToolName>(tool: Name, args: ToolInput<Name>): Promise<ToolResult<Name>> {
    try {
      return await this.#client.call(tool, args, { signal: this.#signal });
    } catch (error) {
      throw error instanceof ClientError ? commandFailureOf(error) : error;
    }
  }
}
