/** The report of `pullsim check`, DESIGN §3.4: a contract. Fields are added freely and changed only in a major version. */
export interface CheckReport {
  readonly apiVersion: 'pullsim/v1';
  readonly kind: 'CheckReport';
  /** How old the pods are, in seconds, when the report shows them at a stated time; absent: once they have settled. */
  readonly atSeconds?: number;
  readonly summary: CheckSummary;
  /** Unreadable input, and objects that the API server refuses. */
  readonly errors: readonly ReportedError[];
  /** Findings that belong to no pod: unknown fields, API warnings, secrets that nothing uses. */
  readonly findings: readonly ReportedFinding[];
  /** Findings of rules that were to be ignored: they count for nothing. */
  readonly ignored?: readonly ReportedFinding[];
  /** One entry per pod and node that admits it. */
  readonly pods: readonly ReportedPod[];
}

export interface CheckSummary {
  readonly pods: number;
  readonly images: number;
  readonly pulled: number;
  readonly present: number;
  readonly failed: number;
  readonly unknown: number;
  readonly blocked: number;
  readonly rejected: number;
}

export interface ReportedSource {
  readonly file: string;
  readonly line: number;
  /** The template that rendered it, where a stream says so (`# Source:` of helm); `line` is the stream's. */
  readonly template?: string;
}

export interface ReportedError {
  readonly message: string;
  /** `unreadable`: the input could not be read (exit code 2). `refused`: the API server refuses the object (1). */
  readonly kind: 'unreadable' | 'refused';
  readonly source?: ReportedSource;
}

export interface ReportedPod {
  readonly namespace: string;
  readonly name: string;
  /** `Deployment/web`; `null` for a bare pod. */
  readonly owner: string | null;
  readonly source: ReportedSource | null;
  /** `null` when no node admits the pod, or the API server refuses it. */
  readonly node: string | null;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | null;
  /** kubectl's STATUS column once settled, or at the stated time; `Rejected` and `Unknown` are ours. */
  readonly status: string;
  /** kubectl's READY column, for example `0/1`; `null` when rejected. */
  readonly ready: string | null;
  readonly rejected?: { readonly message: string };
  readonly images: readonly ReportedImage[];
  readonly events: readonly ReportedEvent[];
  /** With {@link CheckReport.atSeconds}: the `Events:` section of `kubectl describe pod` at that moment, line by line. */
  readonly describe?: readonly string[];
  readonly findings: readonly ReportedFinding[];
  /** See {@link CheckReport.ignored}; the annotation `pullsim/ignore` of pod or workload counts, too. */
  readonly ignored?: readonly ReportedFinding[];
  /** How the kubelet came to it, step by step; only where it was asked for. */
  readonly steps?: readonly ReportedStep[];
}

/** One step of a decision, as on a whiteboard. */
export interface ReportedStep {
  readonly title: string;
  readonly lines: readonly string[];
  /** The container that it is about, when it is about one. */
  readonly container?: string;
}

export type ContainerKind = 'container' | 'initContainer' | 'ephemeralContainer' | 'imageVolume';

export type Verdict = 'pulled' | 'present' | 'failed' | 'unknown' | 'blocked';

export interface ReportedImage {
  readonly container: string;
  readonly kind: ContainerKind;
  /** As written. */
  readonly image: string;
  /** Fully qualified (`nginx` → `docker.io/library/nginx:latest`); `null` if invalid. */
  readonly reference: string | null;
  readonly pullPolicy: string;
  readonly verdict: Verdict;
  /** Of the last sync that tried, never the back-off's; `null` when not failed. */
  readonly reason: string | null;
  /** For `unknown`: what is missing. */
  readonly message: string | null;
  /** What happened, in one sentence for people; `null` where nothing failed. */
  readonly explanation?: string | null;
  readonly blockedBy?: string;
  readonly contentAssumed?: true;
  readonly source: ReportedSource | null;
  /** One per credential offered in the last pull. */
  readonly attempts: readonly ReportedAttempt[];
}

export interface ReportedAttempt {
  readonly credential: ReportedCredential;
  /** The runtime's text as the kubelet sees it; `null` when it worked or was not tried. */
  readonly error: string | null;
  readonly exchanges: readonly ReportedExchange[];
}

export interface ReportedCredential {
  readonly source: 'anonymous' | 'secret' | 'node' | 'provider';
  /** `ns/name`, only with source `secret`. */
  readonly secret?: string;
  /** The registry key as written in the config; user info prints `***@`. */
  readonly key?: string;
  readonly username?: string;
}

export interface ReportedExchange {
  readonly method: string;
  readonly url: string;
  readonly status: number | null;
  readonly authorization?: string;
  readonly error?: string;
}

export interface ReportedEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** `spec.containers{app}`; absent for events of the pod itself. */
  readonly fieldPath?: string;
  readonly count: number;
  /** Last occurrence, in seconds from the pod's creation. */
  readonly atSeconds: number;
  /** First occurrence. */
  readonly firstAtSeconds: number;
}

export type Severity = 'error' | 'warning' | 'info';

export interface ReportedFinding {
  /** A stable id of the catalogue of causes, for example `KEY03`. */
  readonly rule: string;
  readonly severity: Severity;
  /** The container it speaks of, when it speaks of one. */
  readonly container?: string;
  /** What was seen and why that fails: one or two sentences. */
  readonly message: string;
  /** The command or YAML to write. */
  readonly fix: string;
  readonly source?: ReportedSource;
}
