import { putBlob } from '../../../src/registry/put-blob.js';
import { digestOf, fallbackIndex, fallbackTag, fixture } from './fixtures.js';
import type { GivenContent } from './givens.js';
import { repositories } from './names.js';
import type { ConformanceServer } from './server.js';
import type { ConformanceCase } from './vector.js';

/** What is always there: {public} and {private} with m.image tagged v1, and b.secret. Left out where no step can see it. */
export async function pushStandingContent(server: ConformanceServer, vector: ConformanceCase): Promise<void> {
  const steps = JSON.stringify(vector.steps);
  const mentions = (name: string) => steps.includes(name);
  if (mentions('{public}')) await pushFixture(server, repositories.public, 'm.image', ['v1']);
  if (!mentions('{private}') && !mentions('b.secret') && !mentions('_catalog')) return;
  await pushFixture(server, repositories.private, 'm.image', ['v1']);
  await pushFixture(server, repositories.private, 'b.secret');
}

export async function pushContent(server: ConformanceServer, content: GivenContent): Promise<void> {
  if (content.kind === 'fixture') {
    return pushFixture(server, content.repository, content.name, content.tags, content.algorithm);
  }
  for (const need of fixture(content.name).needs ?? []) await pushFixture(server, content.repository, need);
}

/** Puts content into a repository past the protocol, with everything that it refers to. */
export async function pushFixture(
  server: ConformanceServer,
  repository: string,
  name: string,
  tags: readonly string[] = [],
  algorithm: 'sha256' | 'sha512' = 'sha256',
): Promise<void> {
  const { bytes, mediaType, needs } = fixture(name, server.manifestLimit);
  const digest = digestOf(bytes, algorithm);
  if (mediaType === undefined) return void (await putBlob(server.store, repository, digest, bytes));
  for (const need of needs ?? []) await pushFixture(server, repository, need);
  await server.store.putManifest(repository, { digest, mediaType, bytes }, tags, { mayMoveTags: true });
  if (name === 'm.oldref') await pushFallback(server, repository);
}

/** An old client kept m.oldref as a referrer of m.image in the fallback tag. */
async function pushFallback({ store }: ConformanceServer, repository: string): Promise<void> {
  const { bytes, mediaType = '' } = fallbackIndex();
  const tag = fallbackTag(digestOf(fixture('m.image').bytes));
  await store.putManifest(repository, { digest: digestOf(bytes), mediaType, bytes }, [tag], {
    mayMoveTags: true,
  });
}
