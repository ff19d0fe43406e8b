import { describe, expect, test } from 'vitest';
import { InvalidUrl } from '../../src/credentials/go-url.js';
import { explainMatch, indexKeyOf, matchRegistryKey } from '../../src/credentials/registry-key.js';
import { caseName, vectorSection } from '../support/vectors.js';

interface UrlMatch extends Record<string, unknown> {
  readonly glob: string;
  readonly target: string;
  readonly match: boolean;
  readonly err?: string;
}

interface KeyCase extends Record<string, unknown> {
  readonly configKey: string;
  readonly ignored: boolean;
  readonly indexKey: string;
}

function matched({ glob, target }: UrlMatch) {
  const outcome = explainMatch(glob, target);
  const match = matchRegistryKey(glob, target);
  return { glob, target, match, ...(outcome.kind === 'unreadable' ? { err: outcome.error } : {}) };
}

function indexed({ configKey }: KeyCase) {
  try {
    return { configKey, ignored: false, indexKey: indexKeyOf(configKey) };
  } catch (error) {
    if (!(error instanceof InvalidUrl)) throw error;
    return { configKey, ignored: true, indexKey: '' };
  }
}

describe('registry keys, as the kubelet read them', () => {
  test('the sections were read', () => {
    expect(vectorSection('keyring', 'urlMatch')).toBeInstanceOf(Array);
  });

  vectorSection<UrlMatch>('keyring', 'urlMatch').forEach((vector, index) => {
    test(`${caseName('urlMatch', index, vector)} ${JSON.stringify(vector.target)}`, () => {
      expect(matched(vector)).toEqual(vector);
    });
  });

  vectorSection<KeyCase>('keyring', 'configKeyToIndexKey').forEach((vector, index) => {
    test(caseName('configKeyToIndexKey', index, vector), () => {
      expect(indexed(vector)).toEqual(vector);
    });
  });
});
