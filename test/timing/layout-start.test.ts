import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openLayoutStore } from '../../src/registry/layout-store.js';
import { send } from '../support/http-exchange.js';
import { startMockRegistry } from '../support/mock-registry.js';
import { sampleManifest } from '../support/sample-image.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const mediaType = 'application/vnd.oci.image.manifest.v1+json';

/** Writes layouts with so many tags each, each tag a manifest of its own. */
async function writeLayouts(root: string, repositories: number, tags: number): Promise<void> {
  for (let repository = 0; repository < repositories; repository += 1) {
    const folder = join(root, `r${repository}`);
    await mkdir(join(folder, 'blobs/sha256'), { recursive: true });
    const manifests = [];
    for (let tag = 0; tag < tags; tag += 1) {
      const bytes = sampleManifest({ annotations: { repository: String(repository), tag: String(tag) } });
      const hex = createHash('sha256').update(bytes).digest('hex');
      await writeFile(join(folder, 'blobs/sha256', hex), bytes);
      const annotations = { 'org.opencontainers.image.ref.name': `t${tag}` };
      manifests.push({ mediaType, digest: `sha256:${hex}`, size: bytes.length, annotations });
    }
    await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  }
}

describe('a folder with 10,000 tags', () => {
  test.each([
    ['in one repository', 1, 10_000],
    ['in a thousand repositories', 1000, 10],
  ])('%s gives its first answer within 300 ms of the start', async (_, repositories, tags) => {
    await using folder = await temporaryFolder();
    await writeLayouts(folder.path, repositories, tags);
    const start = performance.now();
    const store = await openLayoutStore(folder.path);
    await using registry = await startMockRegistry({ store });
    const answer = await send({ port: registry.port, path: `/v2/r0/manifests/t${tags - 1}` });
    expect(answer.status).toBe(200);
    expect(performance.now() - start).toBeLessThan(300);
    await store.close();
  });
});
