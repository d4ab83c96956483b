#!/usr/bin/env node
import { existsSync } from 'node:fs';

// npm links a command when it installs, and only to a file that is there: before the first build, this one is.
const bundle = new URL('../dist/bundle/main.js', import.meta.url);
await import(existsSync(bundle) ? bundle.href : '../dist/main.js');
