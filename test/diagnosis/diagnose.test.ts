import { describe, expect, test } from 'vitest';
import { diagnose } from '../../src/diagnosis/diagnose.js';
import type { Finding } from '../../src/diagnosis/finding.js';
import {
  account,
  failing,
  login,
  notFound,
  podFacts,
  privateTo,
  publicImage,
  pullSecret,
  registry,
  type Situation,
} from '../support/facts.js';

const image = { image: 'reg.io/team/app:1.0', answer: privateTo('ci') };
const portImage = { image: 'myprivateregistry.com:5000/nginx:alpine', answer: privateTo('dock_user') };

const findings = (situation: Situation): readonly Finding[] => diagnose(podFacts(situation)).findings;
const only = (situation: Situation): Finding => {
  const [finding, ...others] = findings(situation);
  expect(others.map(({ rule }) => rule)).toEqual([]);
  return finding!;
};

describe('a finding', () => {
  test('names the secret, the key, the image and the command to type', () => {
    const finding = only({
      images: [portImage],
      list: ['regcred'],
      secrets: [pullSecret('regcred', { 'myprivateregistry.com': login('dock_user') })],
    });
    expect(finding).toEqual({
      rule: 'KEY03',
      severity: 'error',
      container: 'app',
      message:
        'secret default/regcred has a key for "myprivateregistry.com"; the image needs "myprivateregistry.com:5000" (the port counts).',
      fix: 'kubectl create secret docker-registry regcred --docker-server=myprivateregistry.com:5000 --docker-username=dock_user --docker-password=… --dry-run=client -o yaml | kubectl apply -f -',
      source: { file: 'secret.yaml#data..dockerconfigjson', line: 10 },
    });
  });

  test('writes the namespace into commands unless it is the default one', () => {
    const { fix } = only({
      namespace: 'shop',
      images: [portImage],
      list: ['regcred'],
      secrets: [
        pullSecret('regcred', { 'myprivateregistry.com': login('dock_user') }, { namespace: 'shop' }),
      ],
    });
    expect(fix).toContain('kubectl create secret docker-registry regcred -n shop --docker-server=');
  });

  test('edits a secret with several entries instead of losing the others', () => {
    const { fix } = only({
      images: [portImage],
      list: ['regcred'],
      secrets: [
        pullSecret('regcred', { 'myprivateregistry.com': login('dock_user'), 'quay.io': login('other') }),
      ],
    });
    expect(fix.split('\n')).toEqual([
      "kubectl get secret regcred -o jsonpath='{.data.\\.dockerconfigjson}' | base64 -d > config.json",
      'in config.json write "myprivateregistry.com:5000" instead of "myprivateregistry.com"',
      'kubectl create secret docker-registry regcred --from-file=.dockerconfigjson=config.json --dry-run=client -o yaml | kubectl apply -f -',
    ]);
  });

  test('shows no user info of a key, and no user name that is a token', () => {
    const token = `eyJ${'a'.repeat(30)}.eyJ${'b'.repeat(30)}.sig`;
    const text = JSON.stringify(
      findings({
        images: [portImage],
        list: ['regcred'],
        secrets: [pullSecret('regcred', { 'user:hunter2@myprivateregistry.com': login(token) })],
      }),
    );
    expect(text).toContain('***@myprivateregistry.com');
    expect(text).toContain('--docker-username=eyJaaa…');
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain(token);
  });

  test('quotes for the shell what the shell would change', () => {
    const { fix } = only({
      images: [image],
      list: ['regcred'],
      secrets: [pullSecret('regcred', { 'REG.io': login('robot$ci') })],
    });
    expect(fix).toContain("--docker-username='robot$ci'");
  });
});

describe('near misses', () => {
  test('the secret that fits, of the same namespace, is the fix of a pod without a list', () => {
    const { rule, message, fix } = only({
      owner: 'Deployment/web',
      images: [image],
      secrets: [pullSecret('team-cred', { 'reg.io': login('ci') })],
    });
    expect(message).toContain('Secret default/team-cred has a key for reg.io, and nobody lists it.');
    expect([rule, fix]).toEqual([
      'REF03',
      'under spec.template.spec of Deployment/web write\n  imagePullSecrets:\n    - name: team-cred',
    ]);
  });

  test('a secret that fits, of another namespace, is worth a word', () => {
    const { message } = only({
      images: [image],
      secrets: [pullSecret('team-cred', { 'reg.io': login('ci') }, { namespace: 'ci' })],
    });
    expect(message).toContain('Secret ci/team-cred has a key for reg.io, but in another namespace.');
  });

  test('the user name that may pull is known from the world', () => {
    const { message, fix } = only({
      images: [image],
      registries: [registry('reg.io', { 'team/app': ['1.0'] }, { users: ['ci'] })],
    });
    expect(message).toMatch(/^reg\.io\/team\/app is private, and the pod brings no credential/);
    expect(fix).toMatch(/--docker-server=reg\.io --docker-username=ci --docker-password=…\n/);
  });

  test('for Docker Hub the key is the one that kubectl writes', () => {
    const { fix } = only({ images: [{ image: 'acme/app:1', answer: privateTo('ci') }] });
    expect(fix).toContain('--docker-server=https://index.docker.io/v1/');
  });

  test('an entry for another image of the pod is nothing to complain about', () => {
    const { rule, message } = only({
      images: [
        { image: 'acme/app:1', answer: privateTo('ci') },
        { ...image, container: 'side' },
      ],
      list: ['hub'],
      secrets: [pullSecret('hub', { 'https://index.docker.io/v1/': login('ci') })],
    });
    expect(rule).toBe('KEY00');
    expect(message).toBe(
      'the pod\'s pull secrets (hub) have entries for "https://index.docker.io/v1/"; none is for "reg.io".',
    );
  });

  test('of several keys each gets its own reason', () => {
    const found = findings({
      images: [portImage],
      list: ['regcred'],
      secrets: [
        pullSecret('regcred', {
          'myprivateregistry.com': login('a'),
          'MyPrivateRegistry.com:5000': login('b'),
          'https://myprivateregistry.com:5000/v2': login('c'),
          'quay.io': login('d'),
        }),
      ],
    });
    expect(found.map(({ rule }) => rule)).toEqual(['KEY03', 'KEY04', 'KEY09']);
  });

  test('a name that the registry does not know is compared with those that it does', () => {
    const { message } = only({
      images: [image],
      list: ['regcred'],
      secrets: [pullSecret('regcred', { 'reg.io': login('registry-usr', 'x') })],
      registries: [registry('reg.io', { 'team/app': ['1.0'] }, { users: ['registry-user'] })],
    });
    expect(message).toContain('it has no such user; did you mean "registry-user"?');
  });

  test('a repository that does not exist is compared with those that do, and no secret is asked for', () => {
    const { rule, message, fix } = only({
      images: [{ image: 'ngnix', answer: privateTo() }],
      registries: [registry('docker.io', { 'public library/nginx': ['latest'], 'public library/redis': [] })],
    });
    expect(rule).toBe('NAME04');
    expect(message).toBe(
      'docker.io has no repository "library/ngnix"; did you mean "library/nginx"? It answers as for a private one, but no credential would help.',
    );
    expect(fix).toBe('image: nginx:latest');
  });
});

describe('severity', () => {
  test('a missing secret breaks a private image and merely annoys a public one', () => {
    const { rule, severity, message, fix } = only({
      images: [{ image: 'redis:7.4', answer: publicImage }],
      list: ['redis-cred'],
    });
    expect([rule, severity]).toEqual(['REF02', 'warning']);
    expect(message).toContain('each sync leaves a warning event');
    expect(fix).toBe('take "redis-cred" off the list, or create it in namespace "default"');
  });

  test.each([
    [
      { identitytoken: 'token', auth: btoa('00000000-0000-0000-0000-000000000000:') },
      'SEC14',
      'holds an identitytoken',
    ],
    [{ registrytoken: 'token' }, 'SEC14', 'holds a registrytoken'],
    [{ username: 'ci' }, 'SEC07', 'has a user name and no password'],
    [{}, 'SEC07', 'has neither user name nor password'],
  ])(
    'an entry %j without a password is no login, and nobody says that the registry knows it',
    (entry, rule, says) => {
      const situation = {
        images: [image],
        list: ['regcred'],
        secrets: [pullSecret('regcred', { 'reg.io': entry })],
      };
      const finding = only(situation);
      expect(finding.rule).toBe(rule);
      expect(finding.message).toContain(says);
      expect(diagnose(podFacts(situation)).explanations.join()).toContain('had no credential to send');
    },
  );

  test.each(['unknown', 'blocked'] as const)(
    'nobody says that an image needs no missing secret while its verdict is %s',
    (verdict) => {
      const { message, fix } = only({ images: [{ image: 'reg.io/a:1', verdict }], list: ['regcred'] });
      expect(message).not.toContain('did not need');
      expect(fix).toBe(
        'create "regcred" in namespace "default", or take it off the list if no image needs it',
      );
    },
  );

  test('a login that was refused before another one worked is a warning', () => {
    const { rule, severity, message } = only({
      images: [image],
      list: ['stale', 'regcred'],
      secrets: [
        pullSecret('stale', { 'reg.io/team': login('ci', 'old') }),
        pullSecret('regcred', { 'reg.io': login('ci') }),
      ],
    });
    expect([rule, severity]).toEqual(['CRED01', 'warning']);
    expect(message).toContain('Another credential worked, one refused login later.');
  });

  test('an ignored secret on a pod that runs is a warning, not silence', () => {
    const { rule, severity } = only({
      images: [{ image: 'redis:7.4', answer: publicImage }],
      list: ['opaque'],
      secrets: [pullSecret('opaque', { 'reg.io': login('ci') }, { type: 'Opaque' })],
    });
    expect([rule, severity]).toEqual(['SEC01', 'warning']);
  });

  test('an ignored secret for another registry does not explain the failure', () => {
    const found = findings({
      images: [image],
      list: ['opaque'],
      secrets: [pullSecret('opaque', { 'quay.io': login('ci') }, { type: 'Opaque' })],
    });
    expect(found.map(({ rule, severity }) => `${rule} ${severity}`)).toEqual([
      'SEC01 warning',
      'KEY00 error',
    ]);
  });

  test('keys that nearly match are a warning where nothing could be decided', () => {
    const { rule, severity } = only({
      images: [{ ...portImage, verdict: 'unknown' }],
      list: ['regcred'],
      secrets: [pullSecret('regcred', { 'myprivateregistry.com': login('dock_user') })],
    });
    expect([rule, severity]).toEqual(['KEY03', 'warning']);
  });
});

describe('the service account', () => {
  test('its list is renamed where it was written', () => {
    const { fix, source } = only({
      images: [image],
      secrets: [pullSecret('regcred', { 'reg.io': login('ci') })],
      serviceAccounts: [account('default', ['regcerd'])],
    });
    expect(fix).toBe(
      'kubectl patch serviceaccount default -p \'{"imagePullSecrets":[{"name":"regcred"}]}\'\nkubectl delete pod web   # then apply it again',
    );
    expect(source?.file).toBe('account.yaml#imagePullSecrets.0.name');
  });

  test('hides nothing when its list would not help either', () => {
    const { rule } = only({
      images: [image],
      list: ['hub'],
      secrets: [
        pullSecret('hub', { 'quay.io': login('ci') }),
        pullSecret('other', { 'ghcr.io': login('ci') }),
      ],
      serviceAccounts: [account('default', ['other'])],
    });
    expect(rule).toBe('KEY00');
  });
});

describe('every failed image', () => {
  test.each([
    ['an unknown failure', failing({ kind: 'other' })],
    ['a refusal that the world contradicts', privateTo()],
    [
      'a token refused with 500',
      failing({ kind: 'token-refused', realm: 'r', status: 500, anonymous: true }),
    ],
    ['an odd status', failing({ kind: 'status', status: 418, host: 'h', url: 'u', anonymous: true })],
    ['a slow peer', failing({ kind: 'timeout', host: 'h', url: 'u' })],
  ])('gets an error: %s', (_, answer) => {
    const facts = podFacts({
      images: [{ image: 'reg.io/team/app:1.0', answer }],
      nodeAuths: { 'reg.io': { username: '', password: '' } },
      registries: [registry('reg.io', { 'public team/app': ['1.0'] })],
    });
    expect(diagnose(facts).findings.filter(({ severity }) => severity === 'error')).toHaveLength(1);
  });

  test('one that was not tried, or could not be decided, gets none', () => {
    const facts = podFacts({
      images: [
        { ...image, verdict: 'blocked', blockedBy: 'setup' },
        { ...image, verdict: 'unknown' },
      ],
    });
    expect(diagnose(facts)).toEqual({
      findings: [],
      explanations: ['Not tried, because the image of "setup" comes first and failed.', null],
    });
  });
});

test('ten thousand pods that run cost next to nothing to look at', () => {
  const secrets = Array.from({ length: 1000 }, (_, index) =>
    pullSecret(`secret-${index}`, { [`r${index}.io`]: login('ci') }),
  );
  const facts = podFacts({ images: ['redis:7.4'], list: ['secret-7'], secrets });
  for (let count = 0; count < 10_000; count++) expect(diagnose(facts).findings).toHaveLength(0);
});

describe('a forgotten host', () => {
  const hub = registry('docker.io', { 'public library/nginx': ['latest'] });

  test('is told by a login for another registry, too', () => {
    const found = findings({
      images: [{ image: 'internal-app:1.0', answer: privateTo() }],
      list: ['regcred'],
      secrets: [pullSecret('regcred', { 'private-registry.io': login('ci') })],
      registries: [hub],
    });
    expect(found.map(({ rule, fix }) => [rule, fix])).toEqual([
      ['NAME06', 'image: private-registry.io/internal-app:1.0'],
    ]);
  });

  test('is not suspected where the repository exists and only the tag does not', () => {
    const { rule } = only({
      images: [{ image: 'nginx:1.277', answer: notFound }],
      registries: [hub, registry('reg.io', { nginx: ['1.27'] })],
    });
    expect(rule).toBe('NAME04');
  });

  test('stands beside a bad login, because both have to be put right', () => {
    const found = findings({
      images: [{ image: 'ngnix', answer: privateTo() }],
      list: ['hub'],
      secrets: [pullSecret('hub', { 'docker.io': login('ci', 'old') })],
      registries: [hub],
    });
    expect(found.map(({ rule }) => rule)).toEqual(['NAME04', 'CRED01']);
  });
});

describe('fixes', () => {
  const two = { 'reg.io': login('ci'), 'quay.io': login('other') };

  test('give a secret of the wrong type the right one without losing entries', () => {
    const { rule, fix } = only({
      images: [image],
      list: ['opaque'],
      secrets: [pullSecret('opaque', two, { type: 'Opaque', key: 'config.json' })],
    });
    expect([rule, ...fix.split('\n')]).toEqual([
      'SEC01',
      "kubectl get secret opaque -o jsonpath='{.data.config\\.json}' | base64 -d > config.json",
      'kubectl delete secret opaque',
      'kubectl create secret docker-registry opaque --from-file=.dockerconfigjson=config.json',
    ]);
  });

  test('delete a secret of the old type first, because a type cannot be changed', () => {
    const { rule, fix } = only({
      images: [image],
      list: ['old'],
      secrets: [
        pullSecret(
          'old',
          {},
          {
            content: { 'REG.io': login('ci') },
            type: 'kubernetes.io/dockercfg',
            key: '.dockercfg',
          },
        ),
      ],
    });
    expect([rule, ...fix.split('\n')]).toEqual([
      'KEY09',
      'kubectl delete secret old',
      'kubectl create secret docker-registry old --docker-server=reg.io --docker-username=ci --docker-password=…',
    ]);
  });

  test('put an edited secret of the old type back as what it was', () => {
    const { fix } = only({
      images: [{ image: 'reg.io/team/app:1.0', answer: privateTo('nobody') }],
      list: ['old'],
      secrets: [
        pullSecret(
          'old',
          {},
          {
            content: { 'reg.io': login('ci', 'x'), 'quay.io': login('y') },
            type: 'kubernetes.io/dockercfg',
            key: '.dockercfg',
          },
        ),
      ],
    });
    expect(fix.split('\n')[2]).toBe(
      'kubectl create secret generic old --type=kubernetes.io/dockercfg --from-file=.dockercfg=config.json --dry-run=client -o yaml | kubectl apply -f -',
    );
  });
});

describe('a password that is good for hours', () => {
  const ecr = '1.dkr.ecr.eu-west-1.amazonaws.com';
  const pulled = (username: string): readonly Finding[] =>
    findings({
      images: [{ image: `${ecr}/team/app:1.0`, answer: privateTo('AWS', 'ci') }],
      list: ['regcred'],
      secrets: [pullSecret('regcred', { [ecr]: login(username) })],
    });

  test('is worth a word while it still works', () => {
    expect(pulled('AWS')).toMatchObject([{ rule: 'CRED02', severity: 'info', container: 'app' }]);
    expect(pulled('AWS')[0]?.message).toContain('good for twelve hours after it was made');
  });

  test('others are not', () => {
    expect(pulled('ci')).toEqual([]);
  });
});
