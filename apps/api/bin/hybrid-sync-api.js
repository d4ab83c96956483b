#!/usr/bin/env node
// npm links a command when it installs, and only to a file that is there: before the first build, this one is.
await import('../dist/main.js');
