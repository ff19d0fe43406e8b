import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openPullRecordFiles, pullRecordFilename } from '../../src/kubelet/pull-record-files.js';

const alpha = 'kubelet.config.k8s.io/v1alpha1';
const beta = 'kubelet.config.k8s.io/v1beta1';
const record = {
  lastUpdatedTime: '2026-01-01T00:00:00Z',
  imageRef: 'sha256:a1',
  credentialMapping: { 'reg.io/b': { nodePodsAccessible: true }, 'reg.io/a': { nodePodsAccessible: true } },
};

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pullsim-records-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const pulledFile = (imageRef: string) => join(directory, 'pulled', pullRecordFilename(imageRef));

test('a record file is one line of the kubelet’s JSON, with its map sorted', () => {
  openPullRecordFiles({ directory, apiVersion: beta }).writeRecord(record);
  expect(readFileSync(pulledFile('sha256:a1'), 'utf8')).toBe(
    `{"kind":"ImagePulledRecord","apiVersion":"${beta}","lastUpdatedTime":"2026-01-01T00:00:00Z","imageRef":"sha256:a1",` +
      '"credentialMapping":{"reg.io/a":{"nodePodsAccessible":true},"reg.io/b":{"nodePodsAccessible":true}}}\n',
  );
});

test('what was written is there after opening the directory again', () => {
  const before = openPullRecordFiles({ directory, apiVersion: beta });
  before.writeRecord(record);
  before.writeIntent('nginx');
  const after = openPullRecordFiles({ directory, apiVersion: beta });
  expect(after.record('sha256:a1')).toEqual(record);
  expect(after.records()).toEqual([record]);
  expect(after.intents()).toEqual(['nginx']);
  after.deleteIntent('nginx');
  after.deleteRecord('sha256:a1');
  expect([after.intents(), after.records(), after.record('sha256:a1')]).toEqual([[], [], undefined]);
});

test('files of the alpha version are rewritten when a newer kubelet starts, not the other way round', () => {
  openPullRecordFiles({ directory, apiVersion: alpha }).writeRecord(record);
  openPullRecordFiles({ directory, apiVersion: beta });
  expect(readFileSync(pulledFile('sha256:a1'), 'utf8')).toContain(beta);
  const old = openPullRecordFiles({ directory, apiVersion: alpha });
  expect(() => old.record('sha256:a1')).toThrow('unknown apiVersion');
});

test.each([
  ['no JSON', '{'],
  ['another kind', JSON.stringify({ kind: 'ImagePullIntent', apiVersion: beta, image: 'a' })],
  ['an unknown field', JSON.stringify({ kind: 'ImagePulledRecord', apiVersion: beta, ...record, more: 1 })],
  [
    'an unknown field in a list',
    JSON.stringify({
      kind: 'ImagePulledRecord',
      apiVersion: beta,
      ...record,
      credentialMapping: { a: { kubernetesSecrets: [{ uid: 'u', password: 'x' }] } },
    }),
  ],
])('a damaged record is an error where it is asked for, and passed over in lists: %s', (_what, text) => {
  const store = openPullRecordFiles({ directory, apiVersion: beta });
  writeFileSync(pulledFile('sha256:a1'), text);
  expect(() => store.record('sha256:a1')).toThrow();
  expect(store.records()).toEqual([]);
});

test('files that are no records are not touched, nor left-overs of an interrupted write read', () => {
  const store = openPullRecordFiles({ directory, apiVersion: beta });
  writeFileSync(join(directory, 'pulled', 'README'), 'hello');
  writeFileSync(`${pulledFile('sha256:a1')}.tmp`, 'half');
  expect(store.records()).toEqual([]);
  expect(readdirSync(join(directory, 'pulled'))).toHaveLength(2);
});
