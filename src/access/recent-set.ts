/** A set of at most so many members. */
export interface RecentSet {
  has(member: string): boolean;
  add(member: string): void;
}

/** Forgets the member that nobody added or asked for the longest time. */
export function createRecentSet(limit: number): RecentSet {
  const members = new Set<string>();
  const add = (member: string): void => {
    members.delete(member);
    members.add(member);
    const [oldest] = members;
    if (members.size > limit && oldest !== undefined) members.delete(oldest);
  };
  const has = (member: string): boolean => {
    const known = members.has(member);
    if (known) add(member);
    return known;
  };
  return { has, add };
}
