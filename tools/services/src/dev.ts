import { restartOnChange } from './system/restart-on-change.js';
import { runSystem } from './system/run-system.js';

/** `npm run dev`: the system as `npm start` runs it; api and projector are built and started anew when a source changes. */
process.exitCode = await runSystem('modules', (system, signal) =>
  restartOnChange([system.api, system.projector], signal),
);
