import { goQuote } from '../image/go-quote.js';
import { mediaTypes } from '../image/media-types.js';
import { decodeGoStruct, GoJsonError, type GoRecord, type GoStruct } from './go-struct.js';
import { PullError } from './pull-error.js';

/**
 * What containers/image finds wrong with a Docker schema 1 manifest. It converts good ones; that is not simulated, and said
 * so.
 *
 * @param checkFields refuses documents that look like another kind of manifest
 */
export function checkSchema1(bytes: Uint8Array, checkFields: (bytes: Uint8Array) => void): PullError {
  try {
    const document = decodeGoStruct(bytes, manifestStruct);
    const version = (document.schemaVersion as number | undefined) ?? 0;
    if (version !== 1) return unsupported(`unsupported schema version ${version}`);
    checkFields(bytes);
    return unsupported(layersProblem(document) ?? 'schema 1 manifests are not simulated');
  } catch (error) {
    if (error instanceof GoJsonError) return unsupported(error.message);
    if (error instanceof PullError) return error;
    throw error;
  }
}

const manifestStruct: GoStruct = {
  struct: 'Schema1',
  fields: {
    name: 'string',
    tag: 'string',
    architecture: 'string',
    schemaVersion: 'int',
    fsLayers: { list: { struct: 'Schema1FSLayers', fields: { blobSum: 'digest' } } },
    history: { list: { struct: 'Schema1History', fields: { v1Compatibility: 'string' } } },
  },
};

const compatibilityStruct: GoStruct = {
  struct: 'Schema1V1Compatibility',
  fields: { id: 'string', parent: 'string', comment: 'string', created: 'time', author: 'string' },
};

interface LayerEntry {
  readonly id: string;
  readonly parent: string;
}

function layersProblem({ fsLayers = [], history = [] }: GoRecord): string | undefined {
  const written = history as readonly GoRecord[];
  if ((fsLayers as readonly unknown[]).length !== written.length) {
    return 'length of history not equal to number of layers';
  }
  if (written.length === 0) return 'no FSLayers in manifest';
  const entries: LayerEntry[] = [];
  for (const [index, { v1Compatibility = '' }] of written.entries()) {
    try {
      const { id = '', parent = '' } = decodeGoStruct(
        Buffer.from(v1Compatibility as string),
        compatibilityStruct,
      );
      entries.push({ id: id as string, parent: parent as string });
    } catch (error) {
      if (!(error instanceof GoJsonError)) throw error;
      return `parsing v2s1 history entry ${index}: ${error.message}`;
    }
  }
  return idProblem(entries) ?? parentProblem(entries);
}

function idProblem(entries: readonly LayerEntry[]): string | undefined {
  const bad = entries.find(({ id }) => !/^[a-f0-9]{64}$/.test(id));
  if (bad !== undefined) return `image ID ${goQuote(bad.id)} is invalid`;
  if (entries[entries.length - 1]?.parent !== '') return 'Invalid parent ID in the base layer of the image';
  const repeated = entries.find(({ id }, index) => {
    return id !== entries[index - 1]?.id && entries.slice(0, index).some((entry) => entry.id === id);
  });
  return repeated === undefined ? undefined : `ID ${repeated.id} appears multiple times in manifest`;
}

/** From the base up; an entry may be written twice. */
function parentProblem(entries: readonly LayerEntry[]): string | undefined {
  for (let index = entries.length - 2; index >= 0; index--) {
    const [entry, below] = [entries[index], entries[index + 1]];
    if (entry === undefined || below === undefined || entry.id === below.id) continue;
    if (entry.parent !== below.id) {
      return `Invalid parent ID. Expected ${below.id}, got ${goQuote(entry.parent)}`;
    }
  }
  return undefined;
}

const unsupported = (text: string) =>
  new PullError(text, { kind: 'unsupported-manifest', mediaType: mediaTypes.dockerSchema1Signed });
