/**
 * The names that a misspelt one most likely means, nearest first: at most a third of its letters wrong, one always
 * tolerated. Ties keep the order of the list.
 */
export function nearestNames(name: string, known: Iterable<string>, most = 3): string[] {
  const tolerated = Math.max(1, Math.floor(name.length / 3));
  const near: { candidate: string; distance: number }[] = [];
  for (const candidate of known) {
    if (candidate === name || Math.abs(candidate.length - name.length) > tolerated) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance <= tolerated) near.push({ candidate, distance });
  }
  return near
    .sort((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

/** {@link nearestNames} for paths: of two in the same folder only the last parts are compared. */
export function nearestPaths(path: string, known: readonly string[]): string[] {
  const folder = folderOf(path);
  const siblings = known.filter((candidate) => folderOf(candidate) === folder);
  const others = known.filter((candidate) => folderOf(candidate) !== folder);
  const near = nearestNames(
    path.slice(folder.length),
    siblings.map((sibling) => sibling.slice(folder.length)),
  );
  return near.length > 0 ? near.map((name) => `${folder}${name}`) : nearestNames(path, others);
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);

/** Insertions, deletions, replacements and swaps of neighbours, each one step (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (last[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      let cost = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, replaced);
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    [beforeLast, last] = [last, current];
  }
  return last[b.length] ?? 0;
}
