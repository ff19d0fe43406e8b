// Preloaded into a measured process: writes its peak resident memory in kilobytes when it exits.
import { writeFileSync } from 'node:fs';

process.on('exit', () =>
  writeFileSync(process.env.PULLSIM_BENCH_PEAK, String(process.resourceUsage().maxRSS)),
);
