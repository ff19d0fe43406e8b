import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ContentStore } from '../../src/registry/content-store.js';
import { openLayoutStore } from '../../src/registry/layout-store.js';
import { send } from '../support/http-exchange.js';
import { describeWith } from '../support/installed.js';
import { startMockRegistry } from '../support/mock-registry.js';
import { runCommand } from '../support/run-command.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { writeTinyLayout } from '../support/tiny-layout.js';

/** Serves a folder for as long as it takes to do something with it. */
async function serving(
  root: string,
  act: (address: string, store: ContentStore) => Promise<void>,
): Promise<void> {
  const store = await openLayoutStore(root);
  await using registry = await startMockRegistry({ store });
  await act(`127.0.0.1:${registry.port}`, store);
  await store.close();
}

async function run(program: string, ...args: string[]): Promise<string> {
  const { status, output } = await runCommand(program, args);
  expect(status, `${program} ${args.join(' ')}: ${output}`).toBe(0);
  return output;
}

const push = (source: string, address: string, name: string) =>
  run('skopeo', 'copy', '--dest-tls-verify=false', source, `docker://${address}/${name}`);

describeWith(['skopeo', 'umoci'], 'the folder of a stopped registry', () => {
  test('is opened by skopeo: what was pushed is an OCI layout per repository', async () => {
    await using folder = await temporaryFolder();
    mkdirSync(join(folder.path, '..', 'tiny'));
    const source = writeTinyLayout(join(folder.path, '..', 'tiny'));
    await serving(folder.path, (address) => push(source, address, 'team/app:v1').then(() => undefined));
    const original = JSON.parse(await run('skopeo', 'inspect', source));
    const stored = JSON.parse(await run('skopeo', 'inspect', `oci:${join(folder.path, 'team/app')}:v1`));
    expect(stored.Digest).toBe(original.Digest);
    expect(stored.Layers).toEqual(original.Layers);
  });

  test('is opened by umoci, changed by it, and served again with the change', async () => {
    await using folder = await temporaryFolder();
    mkdirSync(join(folder.path, '..', 'tiny'));
    const source = writeTinyLayout(join(folder.path, '..', 'tiny'));
    await serving(folder.path, async (address) => {
      await push(source, address, 'team/app:v1');
      await push(source, address, 'team/app/web:v1');
    });
    const layout = join(folder.path, 'team/app');
    expect((await run('umoci', 'ls', '--layout', layout)).trim()).toBe('v1');
    await run('umoci', 'tag', '--image', `${layout}:v1`, 'v2');
    await run('umoci', 'config', '--image', `${layout}:v2`, '--config.label', 'changed=yes');
    await run('umoci', 'rm', '--image', `${layout}:v1`);
    await run('umoci', 'gc', '--layout', layout);
    await serving(folder.path, async (address, store) => {
      expect(await store.listTags('team/app')).toEqual(['v2']);
      expect(await store.listTags('team/app/web')).toEqual(['v1']);
      const inspected = await run(
        'skopeo',
        'inspect',
        '--tls-verify=false',
        `docker://${address}/team/app:v2`,
      );
      expect(JSON.parse(inspected).Labels).toEqual({ changed: 'yes' });
    });
  });

  test('serves what skopeo copied into it', async () => {
    await using folder = await temporaryFolder();
    mkdirSync(join(folder.path, '..', 'tiny'));
    const source = writeTinyLayout(join(folder.path, '..', 'tiny'));
    mkdirSync(join(folder.path, 'copied'));
    await run('skopeo', 'copy', source, `oci:${join(folder.path, 'copied')}:here`);
    await serving(folder.path, async (address) => {
      const inspected = await run(
        'skopeo',
        'inspect',
        '--tls-verify=false',
        `docker://${address}/copied:here`,
      );
      expect(JSON.parse(inspected).RepoTags).toEqual(['here']);
      const tags = await send({ port: Number(address.split(':')[1]), path: '/v2/copied/tags/list' });
      expect(tags.json()).toEqual({ name: 'copied', tags: ['here'] });
    });
  });
});
