#!/usr/bin/env node
import { runProgram } from './program.js';
import { processTerminal } from './terminal.js';

// The exit code is set, not forced: what was printed reaches a slow reader first.
process.exitCode = await runProgram(process.argv.slice(2), processTerminal());
