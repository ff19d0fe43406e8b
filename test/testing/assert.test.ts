import { AssertionError } from 'node:assert';
import { describe, expect, test } from 'vitest';
import {
  assertFailsToPull,
  assertHasEvent,
  assertPullsAllImages,
  assertPullsAnonymously,
  assertUsesCredential,
  matchers,
  podOf,
} from '../../src/testing/assert.js';
import { check } from '../../src/world/check.js';
import { checkScenario } from '../support/scenario.js';

const broken = await checkScenario('KEY06', 'broken');
const fixed = await checkScenario('KEY06', 'fixed');
const messageOf = (run: () => void): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof AssertionError) return error.message;
    throw error;
  }
  return '';
};

describe('assertions about reports', () => {
  test('all images are pulled, or the explanation is printed', () => {
    assertPullsAllImages(fixed);
    const message = messageOf(() => assertPullsAllImages(broken));
    expect(message).toContain('expected every image to be pulled:');
    expect(message).toContain('✗ default/web   ImagePullBackOff');
    expect(message).toContain('KEY06  secret default/regcred has a key for');
    expect(message).toContain('kubectl create secret docker-registry');
    expect(message).toContain('kubelet  failed to pull and unpack image');
  });

  test('input that is refused or empty is no success', async () => {
    const refused = await checkScenario('REF09', 'broken');
    expect(messageOf(() => assertPullsAllImages(refused))).toContain('cannot unmarshal string');
    const empty = await check({ manifests: [] });
    expect(messageOf(() => assertPullsAllImages(empty))).toContain('there is no pod');
  });

  test('a failure is described by rule, reason and message', () => {
    assertFailsToPull(broken, 'app');
    assertFailsToPull(broken, 'app', { rule: 'key06', reason: 'ErrImagePull', message: /access denied/g });
    assertFailsToPull(broken, 'app', { message: /access denied/g });
    const message = messageOf(() => assertFailsToPull(broken, 'app', { rule: 'KEY03', message: 'denied' }));
    expect(message).toContain(
      'expected the image of "app" to fail with rule KEY03, a message like "denied":',
    );
    expect(message).toContain('KEY06');
    expect(messageOf(() => assertFailsToPull(broken, 'ap'))).toContain(
      'there is no container "ap"; there are "app"',
    );
    expect(messageOf(() => assertFailsToPull(fixed, 'app'))).toContain('✓ default/web');
  });

  test('the credential that was used is told', async () => {
    assertUsesCredential(fixed, 'default/regcred');
    assertUsesCredential(fixed, 'default/regcred', 'app');
    expect(messageOf(() => assertPullsAnonymously(fixed))).toContain(
      'default/web app: pulled as ci of default/regcred',
    );
    expect(messageOf(() => assertUsesCredential(broken, 'default/regcred'))).toContain(
      'default/web app: failed',
    );
    const anonymous = await checkScenario('NAME07', 'fixed');
    assertPullsAnonymously(anonymous, 'app');
    expect(messageOf(() => assertUsesCredential(anonymous, 'default/regcred'))).toContain(
      'pulled as anonymous',
    );
  });

  test('events are found by reason and text', () => {
    assertHasEvent(broken, 'Failed', /insufficient_scope/);
    assertHasEvent(broken, 'BackOff');
    expect(messageOf(() => assertHasEvent(broken, 'Failed', 'x509'))).toContain(
      'expected an event Failed like x509; there are:',
    );
  });

  test('one pod of many is found by its name or its workload', async () => {
    const report = await checkScenario('HELM02', 'broken');
    expect(podOf(report, 'Deployment/web').owner).toBe('Deployment/web');
    assertFailsToPull(podOf(report, 'Job/migrate'), 'app', { rule: 'HELM02' });
    assertPullsAllImages(podOf(report, 'Deployment/web'));
    expect(() => podOf(report, 'api')).toThrow('0 pods are called "api"');
  });

  test('the stack begins where the test called', () => {
    try {
      assertPullsAllImages(broken);
    } catch (error) {
      expect((error as Error).stack?.split('\n').find((line) => line.includes(' at '))).toContain(
        'assert.test.ts',
      );
    }
  });

  test('matchers say in both directions what is wrong', () => {
    expect(matchers.toPullAllImages(fixed).message()).toContain('expected some image not to be pulled');
    expect(matchers.toFailToPull(broken, 'app').message()).toContain('to fail not to be so');
    expect(matchers.toPullAnonymously(fixed).pass).toBe(false);
  });
});
