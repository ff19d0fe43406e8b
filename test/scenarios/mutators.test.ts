import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { findRule, rules } from '../../src/diagnosis/rules.js';
import {
  breakImage,
  breakManifests,
  breakPod,
  breakSecret,
  breakServiceAccount,
  breakWorld,
  type Manifest,
  mutators,
  type SecretManifest,
} from '../../src/testing/mutators.js';
import { check } from '../../src/world/check.js';
import { findingsOf, type Side, scenarioFolder, scenarioWorldFile } from '../support/scenario.js';

function manifestsOf(rule: string, side: Side): readonly Manifest[] {
  const folder = scenarioFolder(rule, side);
  return readdirSync(folder).flatMap((file) =>
    parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map(
      (document) => document.toJS({ maxAliasCount: 0 }) as Manifest,
    ),
  );
}

const ofManifests = Object.keys(mutators).filter((rule) => mutators[rule] !== 'world');
const ofWorlds = Object.keys(mutators).filter((rule) => mutators[rule] === 'world');

/** What is wrong in the order of things, in the text of a file, or in an image cannot be made from a good object. */
const withoutMutator = ['IMG03', 'IMG04', 'IMG08', 'REF05', 'REF06', 'YAML02', 'YAML04'];

describe('mutators make the broken state of a scenario from the fixed one', () => {
  test('every other rule has one, and each is of a rule', () => {
    const missing = rules.map(({ id }) => id).filter((id) => mutators[id] === undefined);
    expect(missing.sort()).toEqual(withoutMutator);
    expect(Object.keys(mutators).filter((id) => findRule(id) === undefined)).toEqual([]);
  });

  test.each(ofManifests)('%s breaks the manifests', (rule) => {
    expect(breakManifests(manifestsOf(rule, 'fixed'), rule)).toEqual(manifestsOf(rule, 'broken'));
  });

  test.each(ofWorlds)('%s breaks the world', (rule) => {
    const [good, bad] = (['fixed', 'broken'] as const).map((side) =>
      parse(readFileSync(scenarioWorldFile(rule, side), 'utf8')),
    );
    expect(breakWorld(good, rule)).toEqual(bad);
  });
});

const good = manifestsOf('KEY03', 'fixed');
const secret = good.find(({ kind }) => kind === 'Secret') as SecretManifest;
const pod = good.find(({ kind }) => kind === 'Pod') as Manifest;

describe('mutators for one object', () => {
  test('a secret under data breaks like one under stringData, and the good one stays good', async () => {
    const text = secret.stringData?.['.dockerconfigjson'] ?? '';
    const { stringData: _, ...rest } = secret;
    const encoded = { ...rest, data: { '.dockerconfigjson': Buffer.from(text).toString('base64') } };
    const before = structuredClone(encoded);
    const broken = breakSecret(encoded, 'key03');
    expect(encoded).toEqual(before);
    expect(broken.data).not.toEqual(before.data);
    const report = await check({ manifests: [broken, pod], world: scenarioWorldFile('KEY03', 'broken') });
    expect(findingsOf(report).map(({ rule }) => rule)).toEqual(['KEY03']);
  });

  test('pods, accounts and images break alone', () => {
    expect(breakPod(pod, 'REF03')).not.toHaveProperty('spec.imagePullSecrets');
    expect(breakPod(pod, 'NAME01')).toHaveProperty(
      'spec.containers.0.image',
      'https://registry.example.com:5000/team/app:1.0',
    );
    expect(breakImage('reg.io/team/app:1', 'NAME02')).toBe('reg.io/TEAM/APP:1');
    const account = { kind: 'ServiceAccount', imagePullSecrets: [{ name: 'a' }] };
    expect(breakServiceAccount(account, 'REF11')).toEqual({
      kind: 'ServiceAccount',
      secrets: [{ name: 'a' }],
    });
  });

  test('what cannot be broken that way says so', () => {
    expect(() => breakSecret(secret, 'REF03')).toThrow('the mutator of rule REF03 changes the pod');
    expect(() => breakSecret(secret, 'ABC99')).toThrow('there is no mutator for rule ABC99');
    expect(() => breakManifests([pod], 'SEC01')).toThrow('nothing in the manifests can be broken that way');
    expect(() => breakManifests([pod], 'NET01')).toThrow('use breakWorld');
    expect(() => breakSecret({ kind: 'Secret', metadata: { name: 'x' } }, 'SEC04')).toThrow(
      'secret "x" has no .dockerconfigjson to break',
    );
  });
});
