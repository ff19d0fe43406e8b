import { type Command, Option } from 'commander';
import type { ExitCode } from './exit-code.js';
import type { Terminal } from './terminal.js';

/**
 * Adds `serve` to the program.
 *
 * @param shared options that other commands have too: --config and -v
 */
export function addServe(
  program: Command,
  shared: readonly Option[],
  terminal: Terminal,
  ended: (code: ExitCode) => void,
): void {
  const command = program
    .command('serve')
    .description('run the registry and its token server for real clients, until interrupted')
    .option('--port <number>', 'port to listen on; 0 takes a free one', '5000')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--public-url <url>', 'how clients reach this server, when not at the address it listens on')
    .option('--ready-file <file>', 'write {"url","host","port","pid"} there once the server answers')
    .option('--control', 'also a control API for tests in any language, on a loopback port of its own')
    .option('--control-port <number>', 'with --control: its port (default: a free one)')
    .option('--journal <file>', 'append every exchange as a JSON line; - prints to standard output')
    .option('--tls', 'serve https, with a certificate of an authority that is made now')
    .option(
      '--tls-ca <file>',
      'with --tls: where to write the certificate of that authority (default: pullsim-tls/ca.crt)',
    )
    .option('--tls-cert <file>', 'serve https with this certificate (PEM, with its chain) …')
    .option('--tls-key <file>', '… and this private key (PEM)')
    .option(
      '--token-only',
      'serve no registry: issue tokens for existing registries of the names in the world',
    )
    .option('--state <folder>', 'with --token-only: keys and refresh tokens (default: pullsim-token)')
    .addOption(
      new Option(
        '--token-header <form>',
        'with --token-only: how tokens name their key (default: certificate)',
      ).choices(['certificate', 'key-id']),
    )
    .option('-q, --quiet', 'print nothing but errors')
    .addHelpText('after', notes)
    .action(async (options) => {
      const { runServe } = await import('./commands/serve.js');
      ended(await runServe(options, terminal));
    });
  for (const option of shared) command.addOption(option);
}

const notes = `
Examples:
  pullsim serve                                    the bundled classroom world on port 5000
  pullsim serve --config world.yaml --port 0 --ready-file ready.json
  pullsim serve --port 0 --control --ready-file ready.json        its URL and token are in ready.json
  pullsim serve --tls                              https; clients trust pullsim-tls/ca.crt
  pullsim serve --token-only --config world.yaml --port 5001 --public-url https://auth.example.com`;
