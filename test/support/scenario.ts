import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readFiles } from '../../src/cluster/read-files.js';
import type { CheckReport } from '../../src/report/check-report.js';
import { checkInputs } from '../../src/world/check.js';
import { createSimulator } from '../../src/world/create-simulator.js';
import { resolveWorld } from '../../src/world/resolve-world.js';
import type { World } from '../../src/world/world.js';

export const scenariosFolder = fileURLToPath(new URL('../../fixtures/scenarios/', import.meta.url));

export type Side = 'broken' | 'fixed';

/** The rules that have a folder. */
export const scenarioRules = (): readonly string[] =>
  readdirSync(scenariosFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

/** The folder of one side, as it is given to `pullsim check`. */
export const scenarioFolder = (rule: string, side: Side): string => join(scenariosFolder, rule, side);

/** The side's own world file, else the scenario's, else the one that all share. */
export function scenarioWorldFile(rule: string, side: Side): string {
  const own = [join(rule, `${side}.world.yaml`), join(rule, 'world.yaml'), 'world.yaml'];
  return own.map((file) => join(scenariosFolder, file)).find((file) => existsSync(file)) ?? '';
}

export const scenarioWorld = (rule: string, side: Side): World =>
  resolveWorld(scenarioWorldFile(rule, side), { fallback: 'none' }).world;

const now = new Date('2026-11-23T10:00:00Z');

/** Judges one side; files that begin with numbers are applied one after the other. */
export async function checkScenario(rule: string, side: Side): Promise<CheckReport> {
  const folder = scenarioFolder(rule, side);
  const steps = readdirSync(folder).filter((file) => /^\d+-/.test(file));
  if (steps.length > 0) return checkSteps(rule, side, steps.sort());
  const { inputs, errors } = await readFiles([folder], async () => new Uint8Array());
  return checkInputs(inputs, scenarioWorld(rule, side), { now, errors });
}

async function checkSteps(rule: string, side: Side, steps: readonly string[]): Promise<CheckReport> {
  await using simulator = createSimulator({ world: scenarioWorldFile(rule, side), now });
  for (const step of steps) {
    await simulator.apply(readFileSync(join(scenarioFolder(rule, side), step), 'utf8'));
    await simulator.advance('1m');
  }
  return simulator.report();
}

/** Every finding of a report, those of no pod included. */
export const findingsOf = (report: CheckReport) => [
  ...report.findings,
  ...report.pods.flatMap((pod) => pod.findings),
];
