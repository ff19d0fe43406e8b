import {
  CriError,
  type ImageService,
  type PullImageRequest,
  pullErrorText,
} from '../../src/kubelet/image-service.js';
import type { GrpcCode } from '../../src/wire/grpc-code.js';

/** What the recorded fake runtime answers (`fakeRuntime` in the meta of imagemanager.json). */
export interface ScriptedRegistry {
  readonly inspectError?: string;
  readonly userErrors?: Readonly<Record<string, ScriptedError>>;
  readonly errors?: Readonly<Record<string, ScriptedError>>;
  readonly images?: readonly ScriptedImage[];
  readonly anonError?: string;
  readonly authError?: string;
}

interface ScriptedError {
  readonly code?: GrpcCode;
  readonly msg: string;
}

interface ScriptedImage {
  readonly ref: string;
  readonly id: string;
  readonly size: number;
  readonly users?: Readonly<Record<string, string>>;
}

export interface CriImageCall {
  readonly op: 'ImageStatus' | 'PullImage';
  readonly image: string;
  readonly auth?: { readonly username: string; readonly password: string };
  readonly result: string;
}

/** A runtime that answers from a table, matches references literally, and notes every call. */
export interface ScriptedImageService extends ImageService {
  readonly calls: CriImageCall[];
  registry: ScriptedRegistry;
  readonly local: Map<string, string>;
}

export function createScriptedImageService(
  registry: ScriptedRegistry,
  local: Readonly<Record<string, string>> = {},
): ScriptedImageService {
  const service: ScriptedImageService = {
    calls: [],
    registry,
    local: new Map(Object.entries(local)),
    async imageStatus(image) {
      const { inspectError } = service.registry;
      const id = service.local.get(image);
      if (inspectError !== undefined) {
        service.calls.push({ op: 'ImageStatus', image, result: `error: ${inspectError}` });
        throw criErrorOf(inspectError);
      }
      service.calls.push({ op: 'ImageStatus', image, result: id === undefined ? 'absent' : `present ${id}` });
      const sizeBytes = service.registry.images?.find((known) => known.id === id)?.size ?? 0;
      return id === undefined ? undefined : { id, sizeBytes };
    },
    async pullImage(request) {
      const answer = answerPull(service.registry, request);
      const result =
        'id' in answer ? `ok ${answer.id}` : `error: ${pullErrorText(answer.code ?? 'Unknown', answer.msg)}`;
      const auth = request.auth === null ? {} : { auth: request.auth };
      service.calls.push({ op: 'PullImage', image: request.image, ...auth, result });
      if ('id' in answer) {
        service.local.set(request.image, answer.id);
        return { outcome: 'pulled', imageRef: answer.id, exchanges: [] };
      }
      const { code = 'Unknown', msg } = answer;
      return { outcome: 'failed', code, description: msg, failure: { kind: 'other' }, exchanges: [] };
    },
  };
  return service;
}

function answerPull(
  registry: ScriptedRegistry,
  { image, auth }: PullImageRequest,
): ScriptedImage | ScriptedError {
  const refused = registry.userErrors?.[`${image}|${auth?.username ?? ''}`] ?? registry.errors?.[image];
  if (refused !== undefined) return refused;
  const known = registry.images?.find(({ ref }) => ref === image);
  if (known === undefined) {
    const msg = `failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`;
    return { code: 'NotFound', msg };
  }
  if (known.users === undefined) return known;
  if (auth === null) return { msg: registry.anonError ?? '' };
  return known.users[auth.username] === auth.password ? known : { msg: registry.authError ?? '' };
}

function criErrorOf(text: string): Error {
  const match = /^rpc error: code = (\w+) desc = ([\s\S]*)$/.exec(text);
  return match === null ? new Error(text) : new CriError(match[1] as GrpcCode, match[2] ?? '');
}
