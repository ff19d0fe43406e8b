import type { Shape } from '../../src/world/shape.js';

type AnyShape = Shape<unknown>;
type Fields = Extract<AnyShape, { kind: 'object' }>['fields'];

/** The reference of a configuration document as Markdown: a table per object, in the order of a file. */
export function referenceOf(shape: AnyShape): string {
  return tablesOf(shape, '').join('\n');
}

/** @param path of this shape in the document: `registries[].users[]`; empty for the document */
function tablesOf(shape: AnyShape, path: string): readonly string[] {
  if (shape.kind === 'list') return tablesOf(shape.of, `${path}[]`);
  if (shape.kind === 'map') return tablesOf(shape.of, `${path}.NAME`);
  if (shape.kind !== 'object') return [];
  const below = Object.entries(shape.fields).flatMap(([key, field]) =>
    tablesOf(field.shape, path === '' ? key : `${path}.${key}`),
  );
  return [tableOf(shape.fields, path), ...below];
}

function tableOf(fields: Fields, path: string): string {
  const rows = Object.entries(fields).map(([key, { shape, required, about }]) =>
    row(`\`${key}\`${required ? ' (required)' : ''}`, valueText(shape), about),
  );
  const title = path === '' ? 'The document' : `\`${path}\``;
  return [`## ${title}`, '', '| key | value | what it says |', '|---|---|---|', ...rows, ''].join('\n');
}

const row = (...cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

function valueText(shape: AnyShape): string {
  switch (shape.kind) {
    case 'text':
      return shape.rule?.says ?? 'text';
    case 'flag':
      return '`true` or `false`';
    case 'number':
      return `${shape.whole ? 'whole number' : 'number'}${Number.isFinite(shape.minimum) ? `, at least ${shape.minimum}` : ''}`;
    case 'choice':
      return shape.of.map((value) => `\`${value}\``).join(', ');
    case 'list':
      return `list: ${valueText(shape.of)}`;
    case 'map':
      return `map${shape.keys ? ` of ${shape.keys.says}` : ''} to: ${valueText(shape.of)}`;
    case 'object':
      return 'object, see below';
    default:
      return shape satisfies never;
  }
}
