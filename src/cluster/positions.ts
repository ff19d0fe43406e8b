import type { FieldPath, SourceLocation } from './source.js';

/**
 * Where the parts of one object were written, in the shape of the object: kept instead of the parser's nodes, which are
 * ten times as big.
 */
export interface Positions {
  /** Offset into the text: of the key for a field, of the value for an item and for the object itself. */
  readonly at: number;
  /** By field name; no prototype. */
  readonly fields?: Record<string, Positions>;
  readonly items?: readonly Positions[];
}

/** Turns offsets of one text into lines. The index is made when the first line is asked for. */
export interface LineIndex {
  locate(offset: number): SourceLocation;
}

export function createLineIndex(file: string, text: string): LineIndex {
  let starts: number[] | undefined;
  return {
    locate(offset) {
      starts ??= lineStarts(text);
      const line = lastAtOrBefore(starts, offset);
      return { file, line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
    },
  };
}

/** The offset of a field; of its nearest existing parent when the field is absent. */
export function offsetOf(positions: Positions, path: FieldPath): number {
  let node = positions;
  for (const step of path) {
    const next = typeof step === 'number' ? node.items?.[step] : node.fields?.[step];
    if (next === undefined) break;
    node = next;
  }
  return node.at;
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function lastAtOrBefore(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
