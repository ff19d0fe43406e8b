/**
 * Compiles a repository pattern of an access rule: `*` is any text within one path component, `**` any text at all, every
 * other character itself. So `team/*` has `team/app` but not `team/app/web`, and `**` has every repository.
 */
export function repositoryPattern(pattern: string): (repository: string) => boolean {
  const parts = pattern.split(/(\*+)/).map((part) => {
    if (!part.startsWith('*')) return part.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
    return part === '*' ? '[^/]*' : '.*';
  });
  const expression = new RegExp(`^${parts.join('')}$`, 's');
  return (repository) => expression.test(repository);
}
