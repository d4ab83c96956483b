#!/usr/bin/env node
import { existsSync } from 'node:fs';

// npm links a command when it installs, and only to a file that is there: before the first build, this one is.
const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  console.error('hybrid-sync is not built yet: run "npm run build"');
  process.exitCode = 1;
}
