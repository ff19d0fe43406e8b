/**
 * What differs between CRI-O releases when they pull an image (runtime.md §14.1). CRI-O has the version numbers of
 * Kubernetes. Each member says which behaviour it chooses; the code has no version numbers.
 */
export interface CrioProfile {
  /** `1.36` */
  readonly minor: string;
  /** Without the processor: `cri-o/1.37.0 go/go1.26.10 os/linux`. */
  readonly userAgent: string;
  /** Whether a failed pull is made once more, as that of an OCI artifact (1.33+; without network errors 1.35+). */
  readonly artifactAttempt: 'never' | 'always' | 'unless-network-error';
  /** Words of that second attempt, as seen in events of OpenShift clusters and of main. */
  readonly artifactTexts: 'get-manifest' | 'image-reference';
  /** A short name that two registries may have: all are asked in order, or (1.34+) none. */
  readonly ambiguousShortNames: 'all' | 'refused';
}

const crio30: CrioProfile = {
  minor: '1.30',
  userAgent: userAgent('1.30', 'go1.22.0'),
  artifactAttempt: 'never',
  artifactTexts: 'get-manifest',
  ambiguousShortNames: 'all',
};

const crio31: CrioProfile = { ...crio30, minor: '1.31', userAgent: userAgent('1.31', 'go1.22.0') };

const crio32: CrioProfile = { ...crio31, minor: '1.32', userAgent: userAgent('1.32', 'go1.23.0') };

const crio33: CrioProfile = {
  ...crio32,
  minor: '1.33',
  userAgent: userAgent('1.33', 'go1.24.0'),
  artifactAttempt: 'always',
};

const crio34: CrioProfile = {
  ...crio33,
  minor: '1.34',
  userAgent: userAgent('1.34', 'go1.24.0'),
  ambiguousShortNames: 'refused',
};

const crio35: CrioProfile = {
  ...crio34,
  minor: '1.35',
  userAgent: userAgent('1.35', 'go1.25.0'),
  artifactAttempt: 'unless-network-error',
  artifactTexts: 'image-reference',
};

const crio36: CrioProfile = { ...crio35, minor: '1.36', userAgent: userAgent('1.36', 'go1.26.0') };

const crio37: CrioProfile = { ...crio36, minor: '1.37', userAgent: userAgent('1.37', 'go1.26.10') };

const profiles = [crio30, crio31, crio32, crio33, crio34, crio35, crio36, crio37] as const;

/**
 * The CRI-O of a Kubernetes release.
 *
 * @param kubernetesVersion `1.36`; releases before and behind the table get its first and its last
 */
export function crioProfile(kubernetesVersion: string): CrioProfile {
  const wanted = minorOf(kubernetesVersion);
  const later = profiles.filter(({ minor }) => minorOf(minor) <= wanted);
  return later[later.length - 1] ?? crio30;
}

const minorOf = (version: string) => Number(version.split('.')[1] ?? '0');

/** Only 1.37's was recorded; the others name the Go of their Kubernetes release. */
function userAgent(minor: string, go: string): string {
  return `cri-o/${minor}.0 go/${go} os/linux`;
}
