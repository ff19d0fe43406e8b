import type {
  CheckReport,
  ReportedError,
  ReportedFinding,
  ReportedImage,
  ReportedPod,
} from '../../src/report/check-report.js';
import { summarise } from '../../src/report/summarise.js';

/** A pod that runs, with one image pulled anonymously; everything may be said otherwise. */
export function reportedPod(overrides: Partial<ReportedPod> = {}): ReportedPod {
  return {
    namespace: 'default',
    name: 'nginx',
    owner: null,
    source: { file: 'nginx.yaml', line: 1 },
    node: 'node-1',
    phase: 'Running',
    status: 'Running',
    ready: '1/1',
    images: [pulledImage()],
    events: [],
    findings: [],
    ...overrides,
  };
}

export function pulledImage(overrides: Partial<ReportedImage> = {}): ReportedImage {
  return {
    container: 'nginx',
    kind: 'container',
    image: 'nginx',
    reference: 'docker.io/library/nginx:latest',
    pullPolicy: 'Always',
    verdict: 'pulled',
    reason: null,
    message: null,
    explanation: null,
    source: { file: 'nginx.yaml', line: 7 },
    attempts: [{ credential: { source: 'anonymous' }, error: null, exchanges: [] }],
    ...overrides,
  };
}

/** An image that failed with ErrImagePull after an anonymous pull. */
export const failedImage = (overrides: Partial<ReportedImage> = {}): ReportedImage =>
  pulledImage({
    container: 'app',
    image: 'myprivateregistry.com:5000/nginx:alpine',
    reference: 'myprivateregistry.com:5000/nginx:alpine',
    pullPolicy: 'IfNotPresent',
    verdict: 'failed',
    reason: 'ErrImagePull',
    message: 'failed to pull and unpack image "myprivateregistry.com:5000/nginx:alpine": …',
    explanation: 'No credential matched, so the pull was anonymous and the registry refused it.',
    attempts: [
      {
        credential: { source: 'anonymous' },
        error: 'failed to pull …',
        exchanges: [
          {
            method: 'HEAD',
            url: 'https://myprivateregistry.com:5000/v2/nginx/manifests/alpine',
            status: 401,
            authorization: 'none',
          },
        ],
      },
    ],
    ...overrides,
  });

/** A Deployment's pod that waits for its image. */
export const failedPod = (overrides: Partial<ReportedPod> = {}): ReportedPod =>
  reportedPod({
    name: 'web',
    owner: 'Deployment/web',
    source: { file: 'deploy.yaml', line: 12 },
    phase: 'Pending',
    status: 'ImagePullBackOff',
    ready: '0/1',
    images: [failedImage()],
    findings: [keyFinding()],
    ...overrides,
  });

export const keyFinding = (overrides: Partial<ReportedFinding> = {}): ReportedFinding => ({
  rule: 'KEY03',
  severity: 'error',
  container: 'app',
  message:
    'secret default/regcred has a key for "myprivateregistry.com"; the image needs "myprivateregistry.com:5000" (the port counts).',
  fix: 'kubectl create secret docker-registry regcred --docker-server=myprivateregistry.com:5000 --docker-username=dock_user --docker-password=…',
  source: { file: 'secret.yaml', line: 3 },
  ...overrides,
});

export function checkReport(
  pods: readonly ReportedPod[],
  {
    errors = [],
    findings = [],
  }: { errors?: readonly ReportedError[]; findings?: readonly ReportedFinding[] } = {},
): CheckReport {
  return {
    apiVersion: 'pullsim/v1',
    kind: 'CheckReport',
    summary: summarise(pods),
    errors,
    findings,
    pods,
  };
}
