import { createHash } from 'node:crypto';
import { type Digest, digestAlgorithm, digestOf, isDigest } from '../../image/digest.js';
import { InvalidManifest, type Manifest, readManifest } from '../../image/manifest.js';
import { isNonDistributableLayer, withoutParameters } from '../../image/media-types.js';
import { isTag } from '../../image/reference-grammar.js';
import { nestsDeeperThan } from '../json-depth.js';
import { RefusedRequest } from '../refused-request.js';
import { type Handler, locate, type RegistryCall, readQuery } from '../registry-call.js';
import { emptyReply } from '../replies.js';
import { type ManifestReference, parseManifestReference } from './reference.js';

/** Deeper than any manifest, and far from what a parser could choke on (S33). */
const maxJsonDepth = 64;

/** Tags that one digest push may name; the specification asks for ten (registry.md §5.2.9). */
const maxTagParameters = 100;

/**
 * `PUT /v2/<name>/manifests/<reference>` (end-7): checks the document and what it refers to, stores the bytes as they
 * came, and points the tags at them.
 */
export const putManifest: Handler = async (call) => {
  const reference = parseManifestReference(call.reference);
  const extraTags = readTagParameters(call, reference);
  const bytes = await readBytes(call);
  const digest = digestBytes(bytes, reference);
  const manifest = parseManifest(bytes, call.headers['content-type']);
  await requireContent(call, manifest);
  const tags = reference.kind === 'tag' ? [reference.tag] : extraTags;
  await store(call, { digest, mediaType: manifest.mediaType, bytes }, tags);
  return emptyReply(201, {
    Location: locate(call, `/v2/${call.repository}/manifests/${digest}`),
    'Docker-Content-Digest': digest,
    ...(manifest.subject !== undefined &&
      call.host.referrers !== false && { 'OCI-Subject': manifest.subject.digest }),
    ...(extraTags.length > 0 && { 'OCI-Tag': extraTags.join(', ') }),
  });
};

/** `?tag=` may be repeated, on pushes by digest alone. */
function readTagParameters(call: RegistryCall, reference: ManifestReference): readonly string[] {
  const tags = call.host.extras.tagParameter ? [...new Set(readQuery(call).getAll('tag'))] : [];
  const odd = tags.find((tag) => !isTag(tag));
  if (odd !== undefined)
    throw new RefusedRequest('TAG_INVALID', { message: 'invalid tag', detail: { Tag: odd } });
  if (tags.length > 0 && reference.kind === 'tag') {
    throw new RefusedRequest('TAG_INVALID', { message: '?tag= goes with a digest, not with a tag' });
  }
  if (tags.length > maxTagParameters) {
    throw new RefusedRequest('TAG_INVALID', {
      status: 414,
      message: `at most ${maxTagParameters} tags at once`,
    });
  }
  return tags;
}

async function readBytes(call: RegistryCall): Promise<Uint8Array> {
  if (call.headers['content-encoding'] !== undefined) {
    throw new RefusedRequest('MANIFEST_INVALID', {
      status: 415,
      detail: 'Content-Encoding is not supported',
    });
  }
  const limit = call.host.limits.manifestBytes;
  const tooLarge = () =>
    new RefusedRequest('MANIFEST_INVALID', { status: 413, detail: `a manifest may have ${limit} bytes` });
  if ((call.body.declaredBytes ?? 0) > limit) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  await call.body.read((chunk) => {
    size += chunk.length;
    if (size > limit) throw tooLarge();
    chunks.push(chunk);
  });
  return Buffer.concat(chunks);
}

/** A push by tag is known by sha256; a push by digest by that digest, which the bytes must have. */
function digestBytes(bytes: Uint8Array, reference: ManifestReference): Digest {
  const algorithm = reference.kind === 'digest' ? digestAlgorithm(reference.digest) : 'sha256';
  const digest = digestOf(
    bytes,
    (name, content) => createHash(name).update(content).digest('hex'),
    algorithm,
  );
  if (reference.kind === 'digest' && digest !== reference.digest) throw new RefusedRequest('DIGEST_INVALID');
  return digest;
}

function parseManifest(bytes: Uint8Array, contentType: string | undefined): Manifest {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    if (nestsDeeperThan(maxJsonDepth, text)) throw new InvalidManifest('the manifest is nested too deeply');
    return readManifest(text, contentType === undefined ? undefined : withoutParameters(contentType));
  } catch (error) {
    if (error instanceof InvalidManifest)
      throw new RefusedRequest('MANIFEST_INVALID', { detail: error.message });
    if (error instanceof TypeError)
      throw new RefusedRequest('MANIFEST_INVALID', { detail: 'the manifest is not UTF-8' });
    throw error;
  }
}

/**
 * Config and layers must be there, but for layers that may live elsewhere. The children of an index may be missing:
 * clients push sparse indexes (`skopeo copy --multi-arch=index-only`), and a subject may always be.
 */
async function requireContent(call: RegistryCall, manifest: Manifest): Promise<void> {
  const pointers = manifest.kind === 'index' ? manifest.manifests : [manifest.config, ...manifest.layers];
  requireDigests([...pointers, ...(manifest.subject === undefined ? [] : [manifest.subject])]);
  if (manifest.kind === 'index' || call.host.sparseImages === true) return;
  const needed = pointers.filter(({ mediaType }) => !isNonDistributableLayer(mediaType));
  const missing: string[] = [];
  for (const digest of new Set(needed.map((pointer) => pointer.digest as Digest))) {
    if ((await call.host.store.findBlob(call.repository, digest)) === undefined) missing.push(digest);
  }
  const [first, ...others] = missing;
  if (first === undefined) return;
  throw new RefusedRequest('MANIFEST_BLOB_UNKNOWN', {
    detail: first,
    more: others.map((detail) => ({ code: 'MANIFEST_BLOB_UNKNOWN', detail })),
  });
}

/** Digests become header values and file names, so they are read here, once. */
function requireDigests(pointers: readonly { readonly digest: string }[]): void {
  const odd = pointers.find(({ digest }) => !isDigest(digest));
  if (odd === undefined) return;
  throw new RefusedRequest('MANIFEST_INVALID', { detail: `${JSON.stringify(odd.digest)} is not a digest` });
}

async function store(
  call: RegistryCall,
  manifest: { readonly digest: Digest; readonly mediaType: string; readonly bytes: Uint8Array },
  tags: readonly string[],
): Promise<void> {
  const moving = call.caller.may(call.repository, 'move-tag');
  const outcome = await call.host.store.putManifest(call.repository, manifest, tags, {
    mayMoveTags: moving.allow,
  });
  if (outcome.stored) return;
  // The one 403 of this registry: not a missing right that a better token could bring, but a policy (S16).
  throw new RefusedRequest('DENIED', { detail: { Tag: outcome.tag } });
}
