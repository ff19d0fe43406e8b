import type { ReportedExchange } from './check-report.js';

/**
 * The exchanges of a pull as a sequence: the node on the left, a column for every host that it asked, one arrow per
 * request and answer. Nothing is wrapped.
 *
 * @param node its name
 */
export function drawSequence(node: string, exchanges: readonly ReportedExchange[]): readonly string[] {
  const hosts = [...new Set(exchanges.map(({ url }) => split(url).host))];
  const widest = Math.max(
    ...exchanges.flatMap((exchange) => [ask(exchange).length, answer(exchange).length]),
  );
  const columns = hosts.map((host, index) => {
    const before = hosts.slice(0, index).reduce((sum, other) => sum + Math.max(other.length + 4, 20), 0);
    return { host, at: widest + 10 + before };
  });
  const rail = (length: number) => {
    const line = Array.from({ length }, () => ' ');
    line[0] = '│';
    for (const { at } of columns) line[at] = '│';
    return line;
  };
  const width = (columns.at(-1)?.at ?? 0) + 1;
  const arrows = exchanges.flatMap((exchange) => {
    const to = columns.find(({ host }) => host === split(exchange.url).host)?.at ?? width;
    return [
      write(write(arrow(rail(width), to), '▶', to - 1), ` ${ask(exchange)} `, 3),
      write(write(arrow(rail(width), to), '◀', 1), ` ${answer(exchange)} `, to - answer(exchange).length - 5),
    ];
  });
  return [heads(node, columns), ...arrows.map((line) => line.join('').trimEnd())];
}

interface Column {
  readonly host: string;
  /** Characters from the left. */
  readonly at: number;
}

const heads = (node: string, columns: readonly Column[]): string =>
  columns.reduce((line, { host, at }) => `${line.padEnd(at - 1)} ${host}`, node);

const arrow = (line: string[], to: number): string[] => {
  for (let at = 1; at < to; at++) line[at] = '─';
  return line;
};

const write = (line: string[], text: string, from: number): string[] => {
  for (const [index, letter] of [...text].entries()) line[from + index] = letter;
  return line;
};

/** `GET /v2/team/app/manifests/sha256:85601f24… [Bearer ***]` */
function ask({ method, url, authorization }: ReportedExchange): string {
  const sent = authorization === undefined || authorization === 'none' ? '' : ` [${authorization}]`;
  return `${method} ${split(url).path.replace(/(sha(?:256|512):[0-9a-f]{8})[0-9a-f]+/g, '$1…')}${sent}`;
}

const answer = ({ status, error }: ReportedExchange): string => String(status ?? error ?? 'no answer');

function split(url: string): { readonly host: string; readonly path: string } {
  const [, host = '', path = ''] = /^[a-z]+:\/\/([^/]*)(.*)$/.exec(url) ?? [];
  return { host, path: path === '' ? '/' : path };
}
