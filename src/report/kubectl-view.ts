import { humanDuration } from '../kubelet/human-duration.js';
import type { ReportedPod } from './check-report.js';

/**
 * What a person sees of a pod of this age: its row of `kubectl get pods` and the events of `kubectl describe pod`,
 * character for character. Nothing for a pod that does not exist.
 */
export function kubectlView(pod: ReportedPod, atSeconds: number): readonly string[] {
  const { describe, ready } = pod;
  if (describe === undefined || ready === null) return [];
  const cells = {
    NAME: pod.name,
    READY: ready,
    STATUS: pod.status,
    RESTARTS: '0',
    AGE: humanDuration(atSeconds),
  };
  return ['', ...table(cells), '', ...describe];
}

/** kubectl pads all columns but the last, with three spaces between them. */
function table(cells: Readonly<Record<string, string>>): readonly string[] {
  const columns = Object.entries(cells);
  const line = (texts: readonly string[]) =>
    texts
      .map((text, i) => (i === columns.length - 1 ? text : text.padEnd(widthOf(columns[i]!) + 3)))
      .join('');
  return [line(columns.map(([title]) => title)), line(columns.map(([, text]) => text))];
}

const widthOf = (column: readonly string[]): number => Math.max(...column.map((text) => text.length));
