import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A real docker-registry in front of a folder. */
export interface DockerRegistry extends AsyncDisposable {
  /** `127.0.0.1:41683` */
  readonly host: string;
}

const program = 'docker-registry';

/** Starts Debian's docker-registry 2.8.2 with token auth on a free port; resolves when it listens. */
export function startDockerRegistry(options: {
  readonly folder: string;
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** PEM certificates. */
  readonly bundle: string;
}): Promise<DockerRegistry> {
  const { folder, realm, service, issuer, bundle } = options;
  writeFileSync(join(folder, 'token.crt'), bundle);
  // JSON is YAML.
  const configuration = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    http: { addr: '127.0.0.1:0', secret: 'test' },
    auth: { token: { realm, service, issuer, rootcertbundle: join(folder, 'token.crt') } },
  };
  writeFileSync(join(folder, 'config.yml'), JSON.stringify(configuration));
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['serve', join(folder, 'config.yml')]);
    const ended = new Promise<void>((end) => child.on('close', () => end()));
    let log = '';
    const read = (chunk: Buffer) => {
      log += chunk.toString();
      const host = /listening on ([0-9.:]+)/.exec(log)?.[1];
      if (host === undefined) return;
      resolve({
        host,
        [Symbol.asyncDispose]: () => {
          child.kill();
          return ended;
        },
      });
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('error', reject);
    child.on('close', () => reject(new Error(`docker-registry ended before it listened:\n${log}`)));
  });
}
