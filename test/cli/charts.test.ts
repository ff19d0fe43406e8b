import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import type { CheckReport, ReportedPod } from '../../src/report/check-report.js';
import { runCli } from '../support/in-process-cli.js';

const folder = fileURLToPath(new URL('../../fixtures/charts/', import.meta.url));
const charts = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
const bench = mkdtempSync(join(tmpdir(), 'pullsim-charts-'));
afterAll(() => rmSync(bench, { recursive: true, force: true }));

test('there are at least five charts', () => {
  expect(charts.length).toBeGreaterThanOrEqual(5);
});

interface Judged extends CheckReport {
  readonly code: number;
}

/** `init`, a person's decisions on what it wrote, `check`. */
async function judgeAfterInit(chart: string, decide: (world: string) => string): Promise<Judged> {
  const manifests = join(folder, chart);
  const world = join(bench, `${chart}-${decide.name}`);
  writeFileSync(world, decide((await runCli(['init', '--config', '-', manifests])).stdout));
  const { code, stdout, stderr } = await runCli(['check', '--config', world, '-o', 'json', manifests]);
  expect(stderr).toBe('');
  return { ...JSON.parse(stdout), code };
}

const nothing = (world: string): string => world;
const allPublic = (world: string): string =>
  world.replaceAll(/visibility: private {4}# decide: public.*/g, 'visibility: public');

const imagesOf = ({ pods }: CheckReport) => pods.flatMap(({ images }) => images);
const rulesOf = ({ findings }: ReportedPod, severity: string) =>
  findings.filter((finding) => finding.severity === severity).map(({ rule }) => rule);

describe.each(charts)('the chart %s', (chart) => {
  test('is read without an error, and its images are unknown as long as no world is', async () => {
    const empty = join(bench, 'empty.yaml');
    writeFileSync(empty, 'apiVersion: pullsim/v1\nkind: World\n');
    const { code, stdout } = await runCli(['check', '--config', empty, '-o', 'json', join(folder, chart)]);
    const report: CheckReport = JSON.parse(stdout);
    expect({ code, errors: report.errors }).toEqual({ code: 3, errors: [] });
    expect(report.pods.length).toBeGreaterThan(0);
    expect(new Set(imagesOf(report).map(({ verdict }) => verdict))).toEqual(new Set(['unknown']));
  });

  test('has verdicts in the world that init writes: private images fail for want of a credential', async () => {
    const report = await judgeAfterInit(chart, nothing);
    expect(report.code).toBe(1);
    expect(imagesOf(report).map(({ verdict }) => verdict)).not.toContain('unknown');
    const failed = report.pods.filter(({ images }) => images.some(({ verdict }) => verdict === 'failed'));
    expect(failed.length).toBeGreaterThan(0);
    for (const pod of failed)
      expect(['KEY00', 'REF02', 'REF03'], pod.name).toEqual(expect.arrayContaining(rulesOf(pod, 'error')));
  });

  test('is pulled whole once somebody has decided which repositories are public', async () => {
    const report = await judgeAfterInit(chart, allPublic);
    expect(report.code).toBe(0);
    expect(new Set(report.pods.map(({ status }) => status))).toEqual(new Set(['Running']));
    for (const pod of report.pods) expect(rulesOf(pod, 'error'), pod.name).toEqual([]);
  });
});

test('a pull secret of the chart serves the images of its registry, and no others', async () => {
  const { pods } = await judgeAfterInit('argo-cd.yaml', nothing);
  const verdicts = pods.map(({ name, images }) => [name, ...images.map(({ verdict }) => verdict)]);
  expect(verdicts).toEqual([
    ['argocd-redis-secret-init', 'pulled'],
    ['argocd-application-controller', 'pulled'],
    ['argocd-server', 'pulled'],
    ['argocd-repo-server', 'pulled', 'present'],
    ['argocd-dex-server', 'pulled', 'failed'],
    ['argocd-redis', 'failed'],
  ]);
});

test('a pull secret that is made outside the chart is missed, by the name that the pods give it', async () => {
  const { pods } = await judgeAfterInit('harbor.yaml', allPublic);
  for (const pod of pods) expect(rulesOf(pod, 'warning')).toContain('REF02');
});
