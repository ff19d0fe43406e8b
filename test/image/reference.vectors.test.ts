import { describe, expect, test } from 'vitest';
import {
  defaultPullPolicy,
  InvalidImageName,
  parseImageName,
  trimImageTagDigest,
} from '../../src/image/reference.js';
import { caseName, vectorSection } from '../support/vectors.js';

interface ParseCase extends Record<string, unknown> {
  readonly input: string;
  readonly repo?: string;
  readonly tag?: string;
  readonly digest?: string;
  readonly imageSentToRuntime?: string;
  readonly error?: string;
}

interface TrimCase extends Record<string, unknown> {
  readonly image: string;
  readonly trimmed?: string;
  readonly error?: true;
}

function parsed(image: string) {
  try {
    const { repository, tag, digest, runtimeName } = parseImageName(image);
    return { input: image, repo: repository, tag, digest, imageSentToRuntime: runtimeName };
  } catch (error) {
    if (!(error instanceof InvalidImageName)) throw error;
    return { input: image, error: error.message };
  }
}

describe('image names, as the kubelet read them', () => {
  test('the sections were read', () => {
    expect(vectorSection('parsers', 'parseImageName')).toBeInstanceOf(Array);
  });

  vectorSection<ParseCase>('parsers', 'parseImageName').forEach((vector, index) => {
    test(caseName('parseImageName', index, vector), () => {
      expect(parsed(vector.input)).toEqual(vector);
    });
  });

  vectorSection<{ input: string; contains: string }>(
    'parsers',
    'upstreamParseImageNameErrorsAreSubstrings',
  ).forEach((vector, index) => {
    test(caseName('upstreamParseImageNameErrorsAreSubstrings', index, { ...vector }), () => {
      expect(() => parseImageName(vector.input)).toThrow(vector.contains);
    });
  });

  vectorSection<{ input: string; output: string }>('parsers', 'applyDefaultImageTag').forEach(
    (vector, index) => {
      test(caseName('applyDefaultImageTag', index, { ...vector }), () => {
        expect(parseImageName(vector.input).runtimeName).toBe(vector.output);
      });
    },
  );

  vectorSection<TrimCase>('parsers', 'trimImageTagDigest_recordKey_1_36').forEach((vector, index) => {
    test(caseName('trimImageTagDigest_recordKey_1_36', index, vector), () => {
      if (vector.error) expect(() => trimImageTagDigest(vector.image)).toThrow();
      else expect(trimImageTagDigest(vector.image)).toBe(vector.trimmed);
    });
  });

  vectorSection<{ image: string; policy: string }>('parsers', 'imagePullPolicyDefaulting').forEach(
    (vector, index) => {
      test(caseName('imagePullPolicyDefaulting', index, { ...vector }), () => {
        expect(defaultPullPolicy(vector.image)).toBe(vector.policy);
      });
    },
  );
});
