import { expect, test } from 'vitest';
import { renderWide } from '../../src/report/wide.js';
import { checkReport, failedImage, failedPod, pulledImage, reportedPod } from '../support/report.js';

test('a table of verdicts comes first, one row per image, and one explanation per failure below', () => {
  const report = checkReport([
    reportedPod(),
    failedPod({
      images: [failedImage(), pulledImage({ container: 'side', verdict: 'blocked', attempts: [] })],
    }),
  ]);
  expect(renderWide(report)).toBe(
    [
      '   POD            CONTAINER  IMAGE                                    CREDENTIAL  VERDICT  STATUS',
      '✓  default/nginx  nginx      nginx                                    anonymous   pulled   Running',
      '✗  default/web    app        myprivateregistry.com:5000/nginx:alpine  anonymous   failed   ImagePullBackOff',
      '·  default/web    side       nginx                                    -           blocked  ImagePullBackOff',
      '',
      '✗ default/web   ImagePullBackOff   Deployment/web · deploy.yaml:12 · node-1',
      '  app   myprivateregistry.com:5000/nginx:alpine',
      '        No credential matched, so the pull was anonymous and the registry refused it.',
      '        kubelet  failed to pull and unpack image "myprivateregistry.com:5000/nginx:alpine": …',
      '        KEY03  secret default/regcred has a key for "myprivateregistry.com"; the image needs "myprivateregistry.com:5000" (the port counts).  secret.yaml:3',
      '        fix    kubectl create secret docker-registry regcred --docker-server=myprivateregistry.com:5000 --docker-username=dock_user --docker-password=…',
      '  side  nginx → docker.io/library/nginx:latest   not tried',
      '',
      '2 pods, 3 images: 1 pulled, 1 failed, 1 blocked',
      '',
    ].join('\n'),
  );
});

test('the node has a column when there are several', () => {
  const table = renderWide(checkReport([reportedPod(), reportedPod({ node: 'node-2' })])).split('\n');
  expect(table.slice(0, 3)).toEqual([
    '   POD            CONTAINER  IMAGE  CREDENTIAL  VERDICT  STATUS   NODE',
    '✓  default/nginx  nginx      nginx  anonymous   pulled   Running  node-1',
    '✓  default/nginx  nginx      nginx  anonymous   pulled   Running  node-2',
  ]);
});

test('a pod that no node has makes no column of nodes', () => {
  const table = renderWide(checkReport([reportedPod(), reportedPod({ node: null, images: [] })]));
  expect(table).not.toContain('NODE');
});

test('a pod that the API server refuses has a row, too', () => {
  const rejected = reportedPod({
    node: null,
    phase: null,
    status: 'Rejected',
    images: [],
    rejected: { message: 'no' },
  });
  expect(renderWide(checkReport([rejected])).split('\n')[1]).toBe(
    '✗  default/nginx  -          -      -           rejected  Rejected',
  );
});

test('ten thousand pods are rendered without effort', () => {
  const pods = Array.from({ length: 10_000 }, (_, index) =>
    index % 10 === 0 ? failedPod({ name: `pod-${index}` }) : reportedPod({ name: `pod-${index}` }),
  );
  expect(renderWide(checkReport(pods)).split('\n').length).toBeGreaterThan(15_000);
});
