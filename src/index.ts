/**
 * pullsim as a library: would the kubelet pull this image, with these credentials, and if not, why?
 *
 * ```ts
 * import { check, matchRegistryKey, parseImageName, startRegistry } from 'pullsim';
 * ```
 *
 * @packageDocumentation
 */

export type { JournalEntry } from './access/journal.js';
export type {
  ConsideredEntry,
  Credential,
  CredentialSource,
  EntryOutcome,
  PullSecret,
} from './credentials/credential.js';
export {
  createKeyring,
  type Keyring,
  KeyringError,
  type KeyringOptions,
  type NodeCredentials,
  type ProviderCredentials,
} from './credentials/keyring.js';
export { indexKeyOf, matchRegistryKey } from './credentials/registry-key.js';
export { type ImageName, InvalidImageName, parseImageName } from './image/reference.js';
export type { ImageService, PullImageRequest, PullImageResult } from './kubelet/image-service.js';
export type * from './report/check-report.js';
export type { PullResult } from './runtime/pull.js';
export type { Exchange } from './wire/exchange.js';
export type { PullFailure } from './wire/pull-failure.js';
export { type CheckOptions, check, type Manifests } from './world/check.js';
export { createRegistry, type RegistryApp, type RegistrySetup } from './world/create-registry.js';
export { createSimulator, type Simulator, type SimulatorOptions } from './world/create-simulator.js';
export type { Duration } from './world/duration.js';
export { type PullImageOptions, pullImage } from './world/pull-image.js';
export {
  type RegistryBuilder,
  type RepositoryOptions,
  registryBuilder,
} from './world/registry-builder.js';
export type { LoginOptions, PullSecretObject, PullSecretOptions } from './world/registry-logins.js';
export { type RunningRegistry, type StartOptions, startRegistry } from './world/start-registry.js';
export { WorldError, type WorldMistake } from './world/world-file.js';
export type { WorldInput } from './world/world-input.js';
export type { WorldDocument } from './world/world-schema.js';
