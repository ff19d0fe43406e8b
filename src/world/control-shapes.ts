import { list, map, object, optional, required, text } from './shape.js';
import { accessShape, faultFields, repositoryShape, robotShape, userShape } from './world-schema.js';

/** The bodies that the control API takes, in the words of the world file. */

const registry = optional(text(), 'Host of the registry that is meant; the first one by default.');

export const seedShape = object({
  registry,
  repositories: required(
    list(repositoryShape),
    'Repositories that exist from now on; one that is there keeps the tags that are not named again.',
  ),
});

export const usersShape = object({
  registry,
  users: optional(list(userShape), 'Accounts; one that is there is replaced.'),
  robots: optional(list(robotShape), 'Accounts that may end; one that is there is replaced.'),
  groups: optional(map(list(text())), 'Group name to its users; one that is there is replaced.'),
  access: optional(
    list(accessShape),
    'Rules after those that are there. A registry without rules lets every user do everything, until it has one.',
  ),
});

export const faultOrderShape = object({ registry, ...faultFields });
