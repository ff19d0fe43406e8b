// Pushes to a layout store as fast as it can and prints what was acknowledged, until somebody kills it.
// Arguments: the compiled sources, the store's folder, the first number.
import { createHash } from 'node:crypto';

const [sources, root, first] = process.argv.slice(2);
const { openLayoutStore } = await import(`${sources}/registry/layout-store.js`);
const { putBlob } = await import(`${sources}/registry/put-blob.js`);
const sha256 = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const store = await openLayoutStore(root);
const mediaType = 'application/vnd.oci.image.manifest.v1+json';

async function push(number) {
  const repository = `team/app${number % 3}`;
  const layer = Buffer.from(`layer ${number} `.repeat(1000));
  await putBlob(store, repository, sha256(layer), layer);
  const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest: sha256('{}'), size: 2 };
  const layers = [
    { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: sha256(layer), size: layer.length },
  ];
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers }));
  const tags = [`t${number}`, 'latest'];
  await store.putManifest(repository, { digest: sha256(bytes), mediaType, bytes }, tags, {
    mayMoveTags: true,
  });
  // Later deletes must not bring half of anything back either.
  if (number % 5 === 4) await store.deleteTag(repository, `t${number}`);
  process.stdout.write(`${number}\n`);
}

for (let number = Number(first); ; number += 2) await Promise.all([push(number), push(number + 1)]);
