#!/usr/bin/env node
import { existsSync } from 'node:fs';

// npm links a command when it installs, and only to a file that is there: before the first build, this one is.
const mains = ['../dist/bundle/main.js', '../dist/main.js'].map((path) => new URL(path, import.meta.url));
const main = mains.find((file) => existsSync(file));
if (main !== undefined) await import(main.href);
else {
  console.error('hybrid-sync is not built yet: run "npm run build"');
  process.exitCode = 1;
}
