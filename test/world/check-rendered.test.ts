import { expect, test } from 'vitest';
import { check } from '../../src/world/check.js';

const now = new Date('2026-11-23T10:00:00Z');
const pod =
  'apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec: { containers: [{ name: app, image: "Bad Name" }] }\n';

test('places in a helm stream name the template', async () => {
  const manifests = `---\n# Source: app/templates/web.yaml\n${pod}`;
  const { pods } = await check({ manifests, now });
  expect(pods[0]?.source).toEqual({ file: 'manifests', line: 3, template: 'app/templates/web.yaml' });
  expect(pods[0]?.images[0]?.source).toEqual({
    file: 'manifests',
    line: 6,
    template: 'app/templates/web.yaml',
  });
  expect(pods[0]?.findings[0]?.source?.template).toBe('app/templates/web.yaml');
});

test('places in a kustomize stream name the file of the origin annotation', async () => {
  const origin =
    'metadata: { name: web, annotations: { config.kubernetes.io/origin: "path: ../base/web.yaml\\n" } }';
  const { pods } = await check({ manifests: pod.replace('metadata: { name: web }', origin), now });
  expect(pods[0]?.source).toEqual({ file: 'manifests', line: 1, template: '../base/web.yaml' });
});
