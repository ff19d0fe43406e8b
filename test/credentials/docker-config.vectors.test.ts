import { describe, expect, test } from 'vitest';
import { decodeDockerConfigEntry, InvalidDockerConfig } from '../../src/credentials/docker-config.js';
import { caseName, vectorSection } from '../support/vectors.js';

interface EntryCase extends Record<string, unknown> {
  readonly rawJSON: string;
  readonly username: string;
  readonly password: string;
  readonly email?: string;
  readonly err?: string;
}

const nothing = { username: '', password: '', email: '' };

function decoded(rawJSON: string) {
  try {
    const { username, password, email } = decodeDockerConfigEntry(rawJSON);
    return { rawJSON, username, password, email };
  } catch (error) {
    if (!(error instanceof InvalidDockerConfig)) throw error;
    return { rawJSON, ...nothing, err: error.message };
  }
}

describe('entries of docker configs, as the kubelet decoded them', () => {
  test('the section was read', () => {
    expect(vectorSection('keyring', 'entryDecode')).toBeInstanceOf(Array);
  });

  vectorSection<EntryCase>('keyring', 'entryDecode').forEach((vector, index) => {
    test(caseName('entryDecode', index, vector), () => {
      expect(decoded(vector.rawJSON)).toEqual({ ...vector, email: vector.email ?? '' });
    });
  });
});
