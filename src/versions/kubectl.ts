/** What differs between kubectl minor versions, and in the columns that the API server prints for it. */
export interface KubectlRelease {
  /** `describe` writes `spec.containers{app}: ` before an event's message since 1.35 (kubelet.md §10). */
  readonly describePrefixesFieldPath: boolean;
}

/** What differs in `kubectl get pods`: the API server prints these columns, so its version counts, not kubectl's. */
export interface PodPrinterRelease {
  /** Since 1.35 a non-zero exit beside completed containers is shown instead of `NotReady` (kubelet.md §9.6). */
  readonly remembersErrorReason: boolean;
}

const minorOf = (version: string) => {
  const match = /^v?1\.(\d+)(?:[.\-+].*)?$/.exec(version);
  if (match === null) throw new RangeError(`"${version}" is no Kubernetes version: write it like 1.36`);
  return Number(match[1]);
};

/** @throws RangeError when the text is no Kubernetes version */
export const kubectlRelease = (version: string): KubectlRelease => ({
  describePrefixesFieldPath: minorOf(version) >= 35,
});

/** @throws RangeError when the text is no Kubernetes version */
export const podPrinterRelease = (apiServerVersion: string): PodPrinterRelease => ({
  remembersErrorReason: minorOf(apiServerVersion) >= 35,
});
