import { describe, expect, test } from 'vitest';
import { printKubeletLog } from '../../src/cli/kubelet-log.js';
import type { KubeletLogLine } from '../../src/kubelet/kubelet-log.js';

const failure: KubeletLogLine = {
  severity: 'error',
  verbosity: 0,
  message: 'Failed to provide credentials for image',
  error: 'exit status 1: "no"\n',
  values: { provider: 'ecr' },
};
const detail: KubeletLogLine = { severity: 'info', verbosity: 5, message: 'Not asked', values: {} };
const failureText =
  'node-1: "Failed to provide credentials for image" err="exit status 1: \\"no\\"\\n" provider="ecr"\n';

describe('the kubelets’ log on the terminal', () => {
  test.each([
    ['by itself', {}, [failureText]],
    ['with -v', { verbose: true }, [failureText, 'node-1: "Not asked"\n']],
    ['with -q', { quiet: true }, []],
  ])('%s has each line once', (_how, options, printed) => {
    const said: string[] = [];
    const log = printKubeletLog({ err: (text) => said.push(text) }, options);
    for (const line of [failure, detail, failure, detail]) log(line, 'node-1');
    expect(said).toEqual(printed);
  });
});
