import { goQuote } from '../image/go-quote.js';
import type { KubeletRelease } from '../versions/kubelet.js';
import {
  type KubeletConfigurationDocument,
  KubeletConfigurationError,
  kubeletConfiguration,
} from './configuration.js';
import {
  type ConfigurationText,
  readConfigurationText,
  UnreadableConfiguration,
} from './configuration-text.js';
import { readObjectKind, UnreadableKind } from './object-kind.js';
import { decodeTyped, type Shape, type StructShape, TypedJsonError } from './typed-json.js';

/** A `KubeletConfiguration` file with which the kubelet would not start. The message is its text. */
export class KubeletConfigurationFileError extends Error {
  override readonly name = 'KubeletConfigurationFileError';
  /** From 1; of the field at fault, when one is. */
  readonly line: number;
  constructor(message: string, line = 1) {
    super(message);
    this.line = line;
  }
}

/**
 * Reads the image fields of a `KubeletConfiguration` file (`--config`), JSON or YAML, and checks them. Fields that the
 * kubelet does not know are no error: for `v1beta1` it falls back to lenient decoding.
 *
 * @throws {@link KubeletConfigurationFileError}
 */
export function readKubeletConfiguration(
  text: string,
  release: KubeletRelease,
): KubeletConfigurationDocument {
  const file = readText(text);
  checkKind(file);
  const document = decode(file);
  try {
    kubeletConfiguration(document, release);
  } catch (error) {
    if (!(error instanceof KubeletConfigurationError)) throw error;
    throw new KubeletConfigurationFileError(error.message, file.lineOf(error.field ? [error.field] : []));
  }
  return document;
}

function readText(text: string): ConfigurationText {
  try {
    return readConfigurationText(text);
  } catch (error) {
    if (!(error instanceof UnreadableConfiguration)) throw error;
    throw new KubeletConfigurationFileError(error.message, error.line);
  }
}

const apiVersion = 'kubelet.config.k8s.io/v1beta1';
const kind = 'KubeletConfiguration';

function checkKind(file: ConfigurationText): void {
  const object = kindOf(file);
  if (object.kind === '') throw new KubeletConfigurationFileError("Object 'Kind' is missing");
  if (object.version === '') throw new KubeletConfigurationFileError("Object 'apiVersion' is missing");
  if (object.apiVersion === apiVersion && object.kind === kind) return;
  throw new KubeletConfigurationFileError(
    `no kind ${goQuote(object.kind)} is registered for version ${goQuote(object.apiVersion)}`,
    file.lineOf([object.kind === kind ? 'apiVersion' : 'kind']),
  );
}

function kindOf({ json }: ConfigurationText) {
  try {
    return readObjectKind(json);
  } catch (error) {
    if (!(error instanceof UnreadableKind)) throw error;
    throw new KubeletConfigurationFileError(error.message);
  }
}

function decode({ json, lineOf }: ConfigurationText): KubeletConfigurationDocument {
  try {
    return decodeTyped(json, imageFields).value as KubeletConfigurationDocument;
  } catch (error) {
    if (!(error instanceof TypedJsonError)) throw error;
    throw new KubeletConfigurationFileError(error.message, lineOf(error.path));
  }
}

const int32 = { kind: 'int32', goType: 'int32' } as const;
const bool = { kind: 'bool', goType: 'bool' } as const;
const string = { kind: 'string', goType: 'string' } as const;

/** The fields of {@link KubeletConfigurationDocument}, in Go's types. */
const imageFields: StructShape = {
  kind: 'struct',
  goType: `v1beta1.${kind}`,
  fields: {
    registryPullQPS: int32,
    registryBurst: int32,
    serializeImagePulls: bool,
    maxParallelImagePulls: int32,
    imagePullCredentialsVerificationPolicy: {
      kind: 'string',
      goType: 'v1beta1.ImagePullCredentialsVerificationPolicy',
    },
    preloadedImagesVerificationAllowlist: { kind: 'list', goType: '[]string', of: string },
    featureGates: { kind: 'map', goType: 'map[string]bool', of: bool },
  } satisfies Record<keyof KubeletConfigurationDocument, Shape>,
};
