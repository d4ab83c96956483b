import { type AppName, RealApp, type RealAppOptions } from './real-app.js';
import { type TestSpace, testSpace } from './test-space.js';

/** Real api and projector processes, in a namespace and a database of their own on the services of `npm test`. */
export class RealSystem {
  readonly space: TestSpace = testSpace();
  /** What each of its processes has in its environment. */
  readonly env: TestSpace['env'] & Readonly<Record<string, string>>;
  readonly #apps: RealApp[] = [];

  /** Makes the room; nothing runs yet. `env` comes on top of the settings' defaults. */
  constructor(env: Readonly<Record<string, string>> = {}) {
    this.env = { ...this.space.env, ...env };
  }

  /** Starts a process; `env` comes on top of the system's. Resolves before it is ready. */
  async launch(
    app: AppName,
    env: Readonly<Record<string, string>> = {},
    options: RealAppOptions = {},
  ): Promise<RealApp> {
    const launched = await RealApp.launch(app, { ...this.env, ...env }, options);
    this.#apps.push(launched);
    return launched;
  }

  /** Starts a process and waits until it is ready. @throws Error with what it printed when it does not become so */
  async start(...how: Parameters<RealSystem['launch']>): Promise<RealApp> {
    const started = await this.launch(...how);
    await started.ready();
    return started;
  }

  /** Ends all processes and removes all data. */
  async stop(): Promise<void> {
    await Promise.all(this.#apps.map((app) => app.end()));
    await this.space.clear();
  }
}
