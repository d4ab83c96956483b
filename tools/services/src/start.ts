import { runSystem } from './system/run-system.js';

/**
 * `npm start`: the whole system on this machine until Ctrl-C. Exit codes are those of {@link runSystem}, and 2 for
 * arguments, of which it takes none.
 */
const USAGE = `Usage: npm start

Runs the whole system on this machine until Ctrl-C. It takes no arguments, but settings from the environment:
  PORT, PROJECTOR_PORT       where the api and the projector listen
  REDIS_LISTEN_PORT          where the api speaks Redis' protocol
  REDIS_URL, MONGODB_URL     running services to use instead of starting some; with _FILE at
                             its end either names a file that holds the URL
  HYBRID_SYNC_DATA_DIR       where data and logs are kept; .data in the checkout unless set
docs/operations.md lists the others.`;

const unknown = process.argv.slice(2);
if (unknown.length > 0) {
  console.error(
    `npm start takes no arguments, but was given: ${JSON.stringify(unknown.join(' '))}\n\n${USAGE}`,
  );
  process.exit(2);
}
process.exitCode = await runSystem('bundles');
