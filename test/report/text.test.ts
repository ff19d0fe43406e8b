import { describe, expect, test } from 'vitest';
import { renderText } from '../../src/report/text.js';
import {
  checkReport,
  failedImage,
  failedPod,
  keyFinding,
  pulledImage,
  reportedPod,
} from '../support/report.js';

const lines = (...text: readonly string[]) => `${text.join('\n')}\n`;

describe('the report as text', () => {
  test('tells pod, image, what happened, why and what to type; failures come first', () => {
    expect(renderText(checkReport([reportedPod(), failedPod()]))).toBe(
      lines(
        '✗ default/web   ImagePullBackOff   Deployment/web · deploy.yaml:12 · node-1',
        '  app  myprivateregistry.com:5000/nginx:alpine',
        '       No credential matched, so the pull was anonymous and the registry refused it.',
        '       KEY03  secret default/regcred has a key for "myprivateregistry.com"; the image needs "myprivateregistry.com:5000" (the port counts).  secret.yaml:3',
        '       fix    kubectl create secret docker-registry regcred --docker-server=myprivateregistry.com:5000 --docker-username=dock_user --docker-password=…',
        '✓ default/nginx   Running   nginx.yaml:1 · node-1',
        '  nginx  nginx → docker.io/library/nginx:latest   anonymous',
        '',
        '2 pods, 2 images: 1 pulled, 1 failed',
      ),
    );
  });

  test('says with which credential an image came, and which was there already', () => {
    const pod = reportedPod({
      images: [
        pulledImage({
          container: 'setup',
          kind: 'initContainer',
          image: 'reg.io/team/app:1',
          reference: 'reg.io/team/app:1',
          attempts: [
            {
              credential: { source: 'secret', secret: 'default/regcred', key: 'reg.io', username: 'ci' },
              error: null,
              exchanges: [],
            },
          ],
        }),
        pulledImage({ container: 'app', verdict: 'present', attempts: [] }),
        pulledImage({ container: 'pinned', contentAssumed: true }),
      ],
    });
    expect(renderText(checkReport([pod]))).toBe(
      lines(
        '✓ default/nginx   Running   nginx.yaml:1 · node-1',
        '  setup (init)  reg.io/team/app:1   ci of default/regcred',
        '  app           nginx → docker.io/library/nginx:latest   on the node already',
        '  pinned        nginx → docker.io/library/nginx:latest   anonymous, content assumed',
        '',
        '1 pod, 3 images: 2 pulled, 1 present',
      ),
    );
  });

  test('puts what concerns the whole pod below the only image that failed', () => {
    const { container: _, ...ofPod } = keyFinding({
      rule: 'REF01',
      message: 'wrong namespace.',
      fix: 'copy it',
    });
    const text = renderText(
      checkReport([failedPod({ images: [failedImage(), pulledImage()], findings: [ofPod] })]),
    );
    expect(text.split('\n').slice(1, 6)).toEqual([
      '  app    myprivateregistry.com:5000/nginx:alpine',
      '         No credential matched, so the pull was anonymous and the registry refused it.',
      '         REF01  wrong namespace.  secret.yaml:3',
      '         fix    copy it',
      '  nginx  nginx → docker.io/library/nginx:latest   anonymous',
    ]);
  });

  test('puts what concerns the whole pod below all images when several failed', () => {
    const { container: _, ...ofPod } = keyFinding({
      rule: 'SEC10',
      message: 'auth is not base64.',
      fix: 'write it',
    });
    const images = [failedImage(), failedImage({ container: 'two', explanation: null })];
    expect(
      renderText(checkReport([failedPod({ images, findings: [ofPod] })]))
        .split('\n')
        .slice(3, 6),
    ).toEqual([
      '  two  myprivateregistry.com:5000/nginx:alpine',
      '  SEC10  auth is not base64.  secret.yaml:3',
      '  fix    write it',
    ]);
  });

  test('says the same thing about several containers once', () => {
    const pod = failedPod({
      images: [failedImage(), failedImage({ container: 'two' })],
      findings: [keyFinding(), keyFinding({ container: 'two' })],
    });
    const text = renderText(checkReport([pod]));
    expect(text.match(/the port counts/g)).toHaveLength(1);
    expect(text).toContain('       KEY03  as for app\n');
  });

  test('aligns the lines of a fix and of its label, whatever the length of the rule id', () => {
    const finding = keyFinding({ rule: 'CRED01', message: 'refused.', fix: 'first\nsecond' });
    expect(
      renderText(checkReport([failedPod({ findings: [finding] })]))
        .split('\n')
        .slice(3, 6),
    ).toEqual(['       CRED01  refused.  secret.yaml:3', '       fix     first', '               second']);
  });

  test('marks warnings as such, also on pods that run', () => {
    const finding = keyFinding({ rule: 'REF02', severity: 'warning', message: 'no such secret.', fix: '' });
    const { container: _, ...ofPod } = finding;
    const text = renderText(checkReport([reportedPod({ findings: [ofPod] })]));
    expect(text).toContain('  REF02  warning: no such secret.  secret.yaml:3\n');
    expect(text).toMatch(/1 pod, 1 image: 1 pulled; 1 warning\n$/);
  });

  test('tells what is missing where nothing could be decided', () => {
    const unknown = pulledImage({
      verdict: 'unknown',
      message: 'registry quay.io is not in the world file',
      attempts: [],
    });
    expect(renderText(checkReport([reportedPod({ status: 'Unknown', images: [unknown] })]))).toBe(
      lines(
        '? default/nginx   Unknown   nginx.yaml:1 · node-1',
        '  nginx  nginx → docker.io/library/nginx:latest',
        '         registry quay.io is not in the world file',
        '',
        '1 pod, 1 image: 1 unknown',
      ),
    );
  });

  test('tells which image came first when one was not tried', () => {
    const blocked = pulledImage({ verdict: 'blocked', blockedBy: 'setup', attempts: [] });
    const pod = failedPod({
      images: [failedImage({ container: 'setup', kind: 'initContainer' }), blocked],
      findings: [],
    });
    expect(renderText(checkReport([pod]))).toContain(
      '  nginx         nginx → docker.io/library/nginx:latest   not tried, setup comes first\n',
    );
  });

  test('shows what the API server refuses, and pods that no node takes', () => {
    const rejected = reportedPod({
      name: 'a',
      node: null,
      phase: null,
      status: 'Rejected',
      ready: null,
      images: [],
      rejected: { message: 'pods "a" is forbidden: …' },
    });
    const unscheduled = reportedPod({
      name: 'b',
      node: null,
      phase: 'Pending',
      status: 'Pending',
      images: [],
      events: [
        {
          type: 'Warning',
          reason: 'FailedScheduling',
          message: '0/1 nodes are available',
          count: 1,
          atSeconds: 0,
          firstAtSeconds: 0,
        },
      ],
    });
    expect(renderText(checkReport([unscheduled, rejected]))).toBe(
      lines(
        '✗ default/a   Rejected   nginx.yaml:1',
        '  The API server refuses the pod: pods "a" is forbidden: …',
        '? default/b   Pending   nginx.yaml:1',
        '  No node takes the pod: 0/1 nodes are available',
        '',
        '2 pods, 0 images: 1 pod rejected',
      ),
    );
  });

  test('has a section for errors and one for warnings, each with file and line', () => {
    const report = checkReport([], {
      errors: [
        { kind: 'unreadable', message: 'bad indentation', source: { file: 'a.yaml', line: 3 } },
        { kind: 'refused', message: 'Secret "x" is invalid' },
      ],
      findings: [
        {
          rule: 'FIELD01',
          severity: 'warning',
          message: 'unknown field "spec.image"',
          fix: 'remove it',
          source: { file: 'b.yaml', line: 9 },
        },
      ],
    });
    expect(renderText(report)).toBe(
      lines(
        'Errors',
        '  a.yaml:3  bad indentation',
        '  Secret "x" is invalid',
        '',
        'Warnings',
        '  b.yaml:9  FIELD01  unknown field "spec.image"',
        '    remove it',
        '',
        '0 pods, 0 images; 2 errors, 1 warning',
      ),
    );
  });

  test('leaves out pods that run when asked to be quiet', () => {
    const text = renderText(checkReport([reportedPod(), failedPod()]), { quiet: true });
    expect(text).not.toContain('default/nginx');
    expect(renderText(checkReport([reportedPod()]), { quiet: true })).toBe('1 pod, 1 image: 1 pulled\n');
  });

  test('shows the kubelet’s message, the exchanges and the events when asked to be verbose', () => {
    const events = [
      {
        type: 'Normal' as const,
        reason: 'Pulling',
        message: 'Pulling image "x"',
        fieldPath: 'spec.containers{app}',
        count: 2,
        atSeconds: 13.5,
        firstAtSeconds: 0,
      },
    ];
    const text = renderText(checkReport([failedPod({ events })]), { verbose: true });
    expect(text).toContain(
      '       kubelet  failed to pull and unpack image "myprivateregistry.com:5000/nginx:alpine": …\n',
    );
    expect(text).toContain(
      '       pull as anonymous\n         HEAD https://myprivateregistry.com:5000/v2/nginx/manifests/alpine → 401\n',
    );
    expect(text).toContain('   13.5s  Normal   Pulling (x2)  spec.containers{app}: Pulling image "x"\n');
  });

  test('has no escape codes unless colours are asked for, and the same words with them', () => {
    const report = checkReport([reportedPod(), failedPod()]);
    const codes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');
    const colored = renderText(report, { color: true });
    expect(renderText(report)).not.toMatch(codes);
    expect(colored).toMatch(codes);
    expect(colored.replace(codes, '')).toBe(renderText(report));
  });
});
