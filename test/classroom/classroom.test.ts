import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CheckReport, ReportedPod } from '../../src/report/check-report.js';
import { exitCodeOf } from '../../src/report/exit-code.js';
import { renderJson } from '../../src/report/json.js';
import { credentialWords, usedCredential } from '../../src/report/pod-block.js';
import { renderText } from '../../src/report/text.js';
import { renderWide } from '../../src/report/wide.js';
import { check } from '../../src/world/check.js';
import { classroom } from './expected.js';

const folder = fileURLToPath(new URL('../../fixtures/classroom', import.meta.url));
const lessons = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .sort();
const read = (lesson: string): string => readFileSync(join(folder, lesson), 'utf8');
const checkLessons = (names: readonly string[]): Promise<CheckReport> =>
  check({ manifests: names.map(read), world: 'classroom', now: new Date('2026-11-23T09:00:00Z') });

const nameOf = ({ namespace, name }: ReportedPod): string => `${namespace}/${name}`;
const rulesOf = ({ findings }: ReportedPod): string[] =>
  findings.map(({ rule, severity }) => `${rule} ${severity}`);

/** Texts are compared whole; a pattern stands where a digest or a size is ours to choose. */
const matching = (text: string | RegExp | null): unknown =>
  text instanceof RegExp ? expect.stringMatching(text) : text;

describe('the classroom', () => {
  let report: CheckReport;
  beforeAll(async () => {
    report = await checkLessons(lessons);
  });

  test('has the seven lessons, and a pod for each expectation', () => {
    expect(lessons).toHaveLength(7);
    expect(report.pods.map(nameOf).sort()).toEqual(Object.keys(classroom).sort());
    expect(report.errors).toEqual([]);
    expect(report.findings).toEqual([]);
  });

  test.each(Object.entries(classroom))('%s ends as it would on a real node', (name, expected) => {
    const pod = report.pods.find((candidate) => nameOf(candidate) === name)!;
    const { status, phase, ready } = pod;
    expect({ status, phase, ready }).toEqual({
      status: expected.status,
      phase: expected.phase,
      ready: expected.ready,
    });
    expect(
      pod.images.map(({ container, reference, verdict, reason, message }) => ({
        container,
        reference,
        verdict,
        reason,
        message,
      })),
    ).toEqual(
      expected.images.map(({ credential: _, message, ...image }) => ({
        ...image,
        message: matching(message),
      })),
    );
  });

  test.each(Object.entries(classroom))(
    '%s uses the credential that the kubelet would choose',
    (name, expected) => {
      const pod = report.pods.find((candidate) => nameOf(candidate) === name)!;
      expect(pod.images.map((image) => credentialWords(usedCredential(image)) || '-')).toEqual(
        expected.images.map(({ credential }) => credential),
      );
    },
  );

  test.each(Object.entries(classroom))('%s leaves the events of a real node', (name, expected) => {
    const pod = report.pods.find((candidate) => nameOf(candidate) === name)!;
    expect(
      pod.events.map(({ type, reason, fieldPath, message, count, firstAtSeconds, atSeconds }) => [
        type,
        reason,
        fieldPath,
        message,
        count,
        firstAtSeconds,
        atSeconds,
      ]),
    ).toEqual(
      expected.events.map(([type, reason, fieldPath, message, ...numbers]) => [
        type,
        reason,
        fieldPath,
        matching(message),
        ...numbers,
      ]),
    );
  });

  test.each(Object.entries(classroom))('%s is explained by the right rule', (name, expected) => {
    const pod = report.pods.find((candidate) => nameOf(candidate) === name)!;
    expect(rulesOf(pod)).toEqual(expected.findings);
  });

  test.each(lessons)('%s comes to the same alone', async (lesson) => {
    const alone = await checkLessons([lesson]);
    expect(alone.pods.length).toBeGreaterThan(0);
    for (const pod of alone.pods) {
      expect(rulesOf(pod)).toEqual(classroom[nameOf(pod)]?.findings);
      expect(pod.status).toBe(classroom[nameOf(pod)]?.status);
    }
  });

  test('names the expected outcome of each pod in its own comments', () => {
    const text = lessons.map(read).join('\n');
    const ids = new Set(
      Object.values(classroom).flatMap(({ findings }) => findings.map((line) => line.split(' ')[0])),
    );
    expect([...ids].filter((id) => !text.includes(`(${id})`))).toEqual([]);
  });

  test('is the same report twice, byte for byte', async () => {
    expect(renderJson(await checkLessons(lessons))).toBe(renderJson(report));
  });

  test('counts what it came to, and says so by its exit code', () => {
    expect(renderText(report)).toMatch(
      /\n27 pods, 31 images: 10 pulled, 1 present, 19 failed, 1 blocked; 1 warning\n$/,
    );
    expect(exitCodeOf(report)).toBe(1);
    expect(exitCodeOf(report, 'never')).toBe(0);
  });

  test('gives away no password in any output', () => {
    const logins = [
      'acme-ci:hub-access-token',
      'registry-user:registry-password',
      'dock_user:dock_password',
      'dock_user:last-years-password',
      'acme-ci:a-revoked-token',
    ];
    const secrets = logins.flatMap((login) => [login.split(':')[1]!, Buffer.from(login).toString('base64')]);
    const outputs = [
      renderJson(report),
      renderWide(report, { verbose: true }),
      renderText(report, { verbose: true }),
    ];
    for (const output of outputs) expect(secrets.filter((secret) => output.includes(secret))).toEqual([]);
  });
});
