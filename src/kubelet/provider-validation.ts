import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../cluster/field-error.js';
import { labelKey } from '../cluster/name-rules.js';
import { InvalidUrl, parseGoUrl } from '../credentials/go-url.js';
import { maskedUrlError } from '../credentials/registry-key.js';
import { maskUserInfo } from '../wire/mask.js';
import { printNanoseconds } from './nanoseconds.js';
import type { ProviderConfig, TokenAttributes } from './provider-config.js';
import { isProviderVersion, providerVersions, serviceAccountVersion } from './provider-protocol.js';

export interface ProviderValidation {
  /** Whether KubeletServiceAccountTokenForCredentialProviders is on. */
  readonly serviceAccountTokens: boolean;
  /** Whether `cacheType` exists: since 1.34. */
  readonly tokenCacheType: boolean;
}

/** An error of one provider, or of the list as a whole. */
export type ProviderFieldError = FieldError & { readonly provider?: number };

/** What the kubelet dislikes about a configuration, in its words and order (kubelet.md §8.1); nothing when it is valid. */
export function validateProviders(
  providers: readonly ProviderConfig[],
  options: ProviderValidation,
): readonly ProviderFieldError[] {
  if (providers.length === 0) return [required('providers', 'at least 1 item in plugins is required')];
  const names = new Set<string>();
  return providers.flatMap((provider, index) => {
    const { name = '' } = provider;
    const errors = [
      ...nameErrors(name, names),
      ...versionErrors(provider),
      ...imageErrors(provider),
      ...durationErrors(provider),
      ...tokenErrors(provider, options),
    ];
    names.add(name);
    return errors.map((error) => ({ ...error, provider: index }));
  });
}

const namePath = 'providers.name';

/** What no name of an executable may be. */
const badNames: readonly { readonly is: (name: string) => boolean; readonly says: string }[] = [
  { is: (name) => name.includes('/'), says: "provider name cannot contain '/'" },
  { is: (name) => name.includes(' '), says: 'provider name cannot contain spaces' },
  { is: (name) => name === '.', says: "provider name cannot be '.'" },
  { is: (name) => name === '..', says: "provider name cannot be '..'" },
];

const nameErrors = (name: string, taken: ReadonlySet<string>): readonly FieldError[] => [
  ...badNames.filter(({ is }) => is(name)).map(({ says }) => invalid(namePath, name, says)),
  ...(taken.has(name) ? [duplicate(namePath, name)] : []),
];

function versionErrors({ apiVersion = '' }: ProviderConfig): readonly FieldError[] {
  const path = 'providers.apiVersion';
  if (apiVersion === '') return [required(path)];
  return isProviderVersion(apiVersion) ? [] : [notSupported(path, apiVersion, providerVersions)];
}

function imageErrors({ matchImages = [] }: ProviderConfig): readonly FieldError[] {
  const path = 'providers.matchImages';
  if (matchImages.length === 0) return [required(path, 'at least 1 item in matchImages is required')];
  return matchImages.flatMap((pattern) => {
    const problem = urlProblem(pattern);
    return problem === undefined
      ? []
      : [invalid(path, maskUserInfo(pattern), `match image is invalid: ${problem}`)];
  });
}

function urlProblem(pattern: string): string | undefined {
  try {
    parseGoUrl(`https://${pattern}`);
    return undefined;
  } catch (error) {
    if (!(error instanceof InvalidUrl)) throw error;
    return maskedUrlError(`https://${pattern}`, error);
  }
}

function durationErrors({ defaultCacheDuration: duration }: ProviderConfig): readonly FieldError[] {
  const path = 'providers.defaultCacheDuration';
  if (duration === undefined) return [required(path)];
  return duration < 0
    ? [invalid(path, printNanoseconds(duration), 'must be greater than or equal to 0')]
    : [];
}

const tokenPath = 'providers.tokenAttributes';

function tokenErrors(
  { tokenAttributes, apiVersion }: ProviderConfig,
  options: ProviderValidation,
): readonly FieldError[] {
  if (tokenAttributes === undefined) return [];
  const gate = 'KubeletServiceAccountTokenForCredentialProviders';
  return [
    ...unless(options.serviceAccountTokens, () =>
      forbidden(tokenPath, `tokenAttributes is not supported when ${gate} feature gate is disabled`),
    ),
    ...unless(!!tokenAttributes.serviceAccountTokenAudience, () =>
      required(`${tokenPath}.serviceAccountTokenAudience`),
    ),
    ...unless(tokenAttributes.requireServiceAccount !== undefined, () =>
      required(`${tokenPath}.requireServiceAccount`),
    ),
    ...unless(apiVersion === serviceAccountVersion, () =>
      forbidden(tokenPath, `tokenAttributes is only supported for ${serviceAccountVersion} API version`),
    ),
    ...annotationErrors(tokenAttributes),
    ...(options.tokenCacheType ? cacheTypeErrors(tokenAttributes) : []),
  ];
}

function annotationErrors({
  requireServiceAccount,
  requiredServiceAccountAnnotationKeys: needed = [],
  optionalServiceAccountAnnotationKeys: optional = [],
}: TokenAttributes): readonly FieldError[] {
  const neededPath = `${tokenPath}.requiredServiceAccountAnnotationKeys`;
  const both = [...new Set(needed)].filter((key) => optional.includes(key)).sort();
  return [
    ...unless(requireServiceAccount !== false || needed.length === 0, () =>
      forbidden(
        neededPath,
        'requireServiceAccount cannot be false when requiredServiceAccountAnnotationKeys is set',
      ),
    ),
    ...keyErrors(neededPath, needed),
    ...keyErrors(`${tokenPath}.optionalServiceAccountAnnotationKeys`, optional),
    ...unless(both.length === 0, () =>
      invalid(tokenPath, both, 'annotation keys cannot be both required and optional'),
    ),
  ];
}

/** Names as those of annotations are, in any case. */
const keyErrors = (path: string, keys: readonly string[]): readonly FieldError[] =>
  keys.flatMap((key, index) => [
    ...labelKey(key.toLowerCase()).map((text) => invalid(path, key, text)),
    ...(keys.indexOf(key) < index ? [duplicate(path, key)] : []),
  ]);

/** What an answer is cached for: the account, or one token of it. */
export const tokenCacheTypes = ['ServiceAccount', 'Token'] as const;

function cacheTypeErrors({ cacheType = '' }: TokenAttributes): readonly FieldError[] {
  const path = `${tokenPath}.cacheType`;
  if (cacheType === '') {
    const supported = tokenCacheTypes.join(', ');
    return [
      required(
        path,
        `cacheType is required to be set when tokenAttributes is specified. Supported values are: ${supported}`,
      ),
    ];
  }
  const known = tokenCacheTypes.some((type) => type === cacheType);
  return known ? [] : [notSupported(path, cacheType, tokenCacheTypes)];
}

const unless = (good: boolean, error: () => FieldError): readonly FieldError[] => (good ? [] : [error()]);
