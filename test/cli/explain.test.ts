import { describe, expect, test } from 'vitest';
import { runProgram } from '../../src/cli/program.js';
import { rules } from '../../src/diagnosis/rules.js';
import { scenarioFolder, scenarioRules, scenarioWorldFile } from '../support/scenario.js';

/** The command in this process, with what it printed. */
async function runCli(args: readonly string[]) {
  const printed = { out: '', err: '' };
  const code = await runProgram(args, {
    out: (text) => {
      printed.out += text;
    },
    err: (text) => {
      printed.err += text;
    },
    outPieces: async (pieces) => {
      printed.out += [...pieces].join('');
    },
    readStdin: async () => Buffer.alloc(0),
    stdinIsTerminal: false,
    colors: false,
    untilStopped: async () => undefined,
  });
  return { code, ...printed };
}

describe('pullsim explain RULE', () => {
  test('prints the page of a rule, whatever the case of its id', async () => {
    const { code, out } = await runCli(['explain', 'key03']);
    expect(code).toBe(0);
    expect(out).toContain('# KEY03: The port is missing or differs');
    expect(out).toContain('Ports are compared as text.');
  });

  test('prints the list of all rules', async () => {
    const { out } = await runCli(['explain', 'rules']);
    expect(out.trimEnd().split('\n')).toHaveLength(rules.length);
  });

  test('says why there is no rule for a cause that is not seen', async () => {
    expect((await runCli(['explain', 'NODE01'])).out).toContain('There is no rule for it.');
  });

  test('names the nearest rules for one that does not exist', async () => {
    const { code, err } = await runCli(['explain', 'KEY30']);
    expect(code).toBe(2);
    expect(err).toContain('there is no rule "KEY30"; did you mean KEY00');
  });
});

const explainScenario = (rule: string) =>
  runCli([
    'explain',
    'pod/web',
    '-f',
    scenarioFolder(rule, 'broken'),
    '--config',
    scenarioWorldFile(rule, 'broken'),
  ]);

describe('pullsim explain pod/NAME', () => {
  test('walks through the decision and draws the exchange', async () => {
    const { code, out } = await explainScenario('KEY06');
    expect(code).toBe(0);
    const places = [
      'default/web on node-1: ImagePullBackOff',
      'the pod lists "regcred"',
      'default/regcred: 1 key, "registry.example.com/another-team"',
      'means registry registry.example.com, repository team/app, tag "1.0"',
      'IfNotPresent, and the node does not hold the image before: it is pulled',
      `does not begin with the key's path "/another-team"`,
      '1. anonymous, because no key matched: refused',
      '│── HEAD /v2/team/app/manifests/1.0 ─',
      'failed: ErrImagePull',
      'KEY06  secret default/regcred has a key for',
    ].map((text) => [text, out.indexOf(text)] as const);
    expect(places.filter(([, at]) => at < 0)).toEqual([]);
    expect(places.map(([, at]) => at)).toEqual(places.map(([, at]) => at).sort((a, b) => a - b));
  });

  test('no step of any scenario gives a password away', async () => {
    for (const rule of scenarioRules().filter((id) => /^(?:SEC|CRED|KEY0)/.test(id))) {
      const { out } = await explainScenario(rule);
      expect(out, rule).not.toMatch(/ci-password|hub-password|the-right-password|an-old-password/);
    }
  });

  test('finds a pod by its workload, and says what there is when it does not', async () => {
    const folder = scenarioFolder('REF08', 'broken');
    const common = ['-f', folder, '--config', scenarioWorldFile('REF08', 'broken')];
    expect((await runCli(['explain', 'deploy/web', ...common])).out).toContain('made from Deployment/web');
    const missing = await runCli(['explain', 'pod/api', ...common]);
    expect(missing).toMatchObject({ code: 2 });
    expect(missing.err).toContain('there is no pod/api in these files; there are: Deployment/web');
    expect((await runCli(['explain', 'pod/web'])).err).toContain('say where pod/web is written');
  });
});
