import type { FieldPath } from './source.js';

/** The steps of a path as the API server prints it: `spec.containers[0].image`, `data[.dockerconfigjson]`. */
export const fieldPathOf = (printed: string): FieldPath =>
  Array.from(printed.matchAll(/\[([^\]]*)\]|[^.[]+/g), ([step, inBrackets]) => {
    if (inBrackets === undefined) return step;
    return /^\d+$/.test(inBrackets) ? Number(inBrackets) : inBrackets;
  });

/** The way back: `spec.containers[0].image`. */
export const printPath = (path: FieldPath): string =>
  path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  );
