import { type Challenge, parseChallenge } from '../wire/challenge.js';
import type { ClientResponse } from './http-client.js';
import { headerLines } from './transport.js';

/** The challenges of an answer, one per header line, as containers/image reads them: a parameter without value ends a line. */
export const challengesOf = (response: ClientResponse): readonly Challenge[] =>
  headerLines(response, 'www-authenticate')
    .map(parseChallenge)
    .filter((challenge) => challenge !== undefined)
    .map(({ scheme, parameters }) => ({ scheme, parameters: upToFirstEmpty(parameters) }));

function upToFirstEmpty(parameters: Challenge['parameters']): Challenge['parameters'] {
  const entries = Object.entries(parameters);
  const end = entries.findIndex(([, value]) => value === '');
  return end < 0 ? parameters : Object.fromEntries(entries.slice(0, end));
}
