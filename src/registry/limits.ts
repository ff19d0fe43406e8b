/** Bounds of one registry host. Sizes in bytes. */
export interface Limits {
  /** A manifest. Clients push up to 4 MB; distribution and zot stop at 4 MiB. */
  readonly manifestBytes: number;
  /** A blob; what is behind it is refused while it streams. Default none. */
  readonly blobBytes: number;
  /** Uploads that one user may have open at once. */
  readonly openUploads: number;
  /** An upload that nobody touched for so long is closed. */
  readonly uploadIdleSeconds: number;
  /** Bytes that a request body must bring in each window, so that a slow-loris ends and a slow honest upload does not. */
  readonly body: BodyPace;
  /** Pulls per client and window, as Docker Hub counts them. Default unlimited. */
  readonly pulls?: PullLimit;
}

export interface BodyPace {
  readonly windowMs: number;
  readonly minBytesPerWindow: number;
}

export interface PullLimit {
  /** Manifest GETs that one client may do in a window; HEAD and blobs do not count. */
  readonly limit: number;
  readonly windowSeconds: number;
  /** Count by `user` (anonymous clients by address) or by `address` alone. Default user. */
  readonly per?: 'user' | 'address';
  /** Count each repository by itself. Default false: a client's pulls add up, as at Docker Hub. */
  readonly perRepository?: boolean;
  /** Count and refuse only these repositories, as access rules write them. Default all. */
  readonly repository?: string;
  /** Which requests count and are refused. Default manifests. */
  readonly operation?: 'manifest' | 'referrers';
  /** `json` (default) answers with the error body, `plain` with a bare text, as Hub's abuse limit does. */
  readonly answer?: 'json' | 'plain';
}

export const defaultLimits: Limits = {
  manifestBytes: 4 * 1024 * 1024,
  blobBytes: Number.POSITIVE_INFINITY,
  openUploads: 500,
  uploadIdleSeconds: 3600,
  body: { windowMs: 20_000, minBytesPerWindow: 1024 },
};
