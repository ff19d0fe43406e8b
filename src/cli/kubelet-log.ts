import { printLogLine } from '../kubelet/kubelet-log.js';
import type { NodeLog } from '../world/node-parts.js';
import type { Terminal } from './terminal.js';

/** What a kubelet writes at its usual `-v=2`; the rest needs our own `-v`. */
const usualVerbosity = 2;

/**
 * Prints what the nodes' kubelets log, each line once however often it comes: `node-1: "Failed to provide credentials for
 * image" err="…"`. With `quiet` nothing, with `verbose` also what kubelets usually leave out.
 */
export function printKubeletLog(
  terminal: Pick<Terminal, 'err'>,
  { verbose = false, quiet = false }: { readonly verbose?: boolean; readonly quiet?: boolean },
): NodeLog {
  const printed = new Set<string>();
  return (line, node) => {
    if (quiet || (line.verbosity > usualVerbosity && !verbose)) return;
    const text = `${node}: ${printLogLine(line)}\n`;
    if (printed.has(text)) return;
    printed.add(text);
    terminal.err(text);
  };
}
