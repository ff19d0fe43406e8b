import { expect, test } from 'vitest';
import '../../src/testing/vitest.js';
import { checkScenario } from '../support/scenario.js';

test('matchers know reports and pods', async () => {
  const fixed = await checkScenario('CRED01', 'fixed');
  expect(fixed).toPullAllImages();
  expect(fixed).toUseCredential('default/regcred');
  expect(fixed).not.toPullAnonymously();
  const broken = await checkScenario('CRED01', 'broken');
  expect(broken).not.toPullAllImages();
  expect(broken.pods[0]).toFailToPull('app', { rule: 'CRED01', reason: 'ErrImagePull', message: /401/ });
  expect(broken).toHaveEvent('Failed', 'failed to authorize');
});

test('what is thrown is the explanation', async () => {
  const broken = await checkScenario('CRED01', 'broken');
  expect(() => expect(broken).toPullAllImages()).toThrow(
    /CRED01 {2}registry\.example\.com refused user "ci"/,
  );
});
