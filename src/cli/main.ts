#!/usr/bin/env node
process.stderr.write('pullsim: not wired yet\n');
process.exitCode = 70;
