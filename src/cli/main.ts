#!/usr/bin/env node
import { exitCodes } from './exit-code.js';
import { runProgram } from './program.js';
import { reportBug } from './report-bug.js';
import { processTerminal } from './terminal.js';

const args = process.argv.slice(2);
const terminal = processTerminal();

// What no command was waiting for: a bug too, and not the exit code 1 that Node would give it.
process.on('uncaughtException', (error) => {
  reportBug(error, args, terminal);
  process.exit(exitCodes.bug);
});

const code = await runProgram(args, terminal);
// A bug may leave something open. Otherwise the code is set, not forced: what was printed reaches a slow reader first.
if (code === exitCodes.bug) process.exit(code);
process.exitCode = code;
