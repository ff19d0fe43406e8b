/** Operating system and processor of an image or a node, in Go's names. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  /** `v8`, `v7`; absent where it makes no difference. */
  readonly variant?: string;
}

/** A platform that cannot be read. */
export class InvalidPlatform extends Error {
  override readonly name = 'InvalidPlatform';
}

/**
 * Reads `os/architecture[/variant]` as people write it: `linux/amd64`, `linux/x86_64`, `linux/arm64/v8`.
 *
 * @throws {@link InvalidPlatform}
 */
export function parsePlatform(text: string): Platform {
  const [os, architecture, variant, ...rest] = text.split('/');
  const parts = [os, architecture, variant].filter((part) => part !== undefined);
  if (rest.length > 0 || parts.length < 2 || !parts.every((part) => /^[A-Za-z0-9_.-]+$/.test(part))) {
    throw new InvalidPlatform(`${JSON.stringify(text)} is no platform: write it like linux/amd64`);
  }
  return normalisePlatform({ os: os ?? '', architecture: architecture ?? '', variant: variant ?? '' });
}

/** `linux/arm64/v9`; `unknown` without an operating system, as containerd prints it. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  if (os === '') return 'unknown';
  return [os, architecture, variant ?? ''].filter((part) => part !== '').join('/');
}

/** Brings the spellings of one platform to one: `x86_64` → `amd64`, `arm64/v8` → `arm64`, `arm` → `arm/v7`. */
export function normalisePlatform({ os, architecture, variant = '' }: Platform): Platform {
  const lowerOs = os.toLowerCase();
  const [name, level] = normaliseArchitecture(architecture.toLowerCase(), variant.toLowerCase());
  const platform = { os: lowerOs === 'macos' ? 'darwin' : lowerOs, architecture: name };
  return level === '' ? platform : { ...platform, variant: level };
}

/** The exact match of containerd's transfer service: the same after normalisation, nothing older (runtime.md §8.1). */
export function matchesPlatform(node: Platform, offered: Platform): boolean {
  return formatPlatform(normalisePlatform(node)) === formatPlatform(normalisePlatform(offered));
}

/**
 * What a node of this platform runs, best first, as containerd's local pull prefers it (runtime.md §8.1): amd64 also takes
 * 386, arm64 its older versions and 32-bit arm down to v5.
 */
export function platformsByPreference(node: Platform): readonly Platform[] {
  const { os, architecture, variant = '' } = normalisePlatform(node);
  const older = olderPlatforms(architecture, variant);
  return older.map(([name, level = '']) => normalisePlatform({ os, architecture: name, variant: level }));
}

type Level = readonly [architecture: string, variant?: string];

const synonyms: ReadonlyMap<string, Level> = new Map([
  ['i386', ['386', '']],
  ['x86_64', ['amd64']],
  ['x86-64', ['amd64']],
  ['aarch64', ['arm64']],
  ['armhf', ['arm', 'v7']],
  ['armel', ['arm', 'v6']],
] as const);

/** Variants that say the same as another one, or nothing. */
const sameVariants: ReadonlyMap<string, string> = new Map([
  ['amd64/v1', ''],
  ['arm64/8', ''],
  ['arm64/v8', ''],
  ['arm64/v8.0', ''],
  ['arm64/9', 'v9'],
  ['arm64/9.0', 'v9'],
  ['arm64/v9.0', 'v9'],
  ['arm/', 'v7'],
  ['arm/5', 'v5'],
  ['arm/6', 'v6'],
  ['arm/7', 'v7'],
  ['arm/8', 'v8'],
]);

function normaliseArchitecture(architecture: string, variant: string): readonly [string, string] {
  const [name, fixed] = synonyms.get(architecture) ?? [architecture];
  const level = fixed ?? variant;
  return [name, sameVariants.get(`${name}/${level}`) ?? level];
}

function olderPlatforms(architecture: string, variant: string): readonly Level[] {
  if (architecture === 'amd64') return [...amd64Levels(variant), ['386', '']];
  if (architecture === 'arm') return armLevels(variant);
  if (architecture !== 'arm64') return [[architecture, variant]];
  const own = arm64Levels(variant === '' ? 'v8' : variant);
  return [...own, ...armLevels(/^v[89]/.test(variant) || variant === '' ? 'v8' : variant)];
}

/** `v3` → v3, v2, and the plain one. */
function amd64Levels(variant: string): readonly Level[] {
  return countDown(Number(variant.slice(1)) || 1, 1).map((level): Level => ['amd64', `v${level}`]);
}

function armLevels(variant: string): readonly Level[] {
  const level = Number(variant.slice(1));
  return level > 5 ? countDown(level, 5).map((older): Level => ['arm', `v${older}`]) : [['arm', variant]];
}

/** arm64 v9.x contains v8.(x+5), so its list goes on there. */
function arm64Levels(variant: string): readonly Level[] {
  const [, major, minor = '0'] = /^v([89])(?:\.(\d))?$/.exec(variant) ?? [];
  if (major === undefined) return [];
  const below = (generation: number, from: number) =>
    countDown(from, 0).map(
      (step): Level => ['arm64', step === 0 ? `v${generation}` : `v${generation}.${step}`],
    );
  const first = below(Number(major), Number(minor));
  return major === '9' ? [...first, ...below(8, Math.min(9, Number(minor) + 5))] : first;
}

const countDown = (from: number, to: number) =>
  Array.from({ length: Math.max(0, from - to + 1) }, (_, index) => from - index);
