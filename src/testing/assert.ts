/**
 * Assertions about reports for any test runner, and the same as matchers for `expect.extend` of jest.
 *
 * ```ts
 * import { assertPullsAllImages } from 'pullsim/assert';
 * assertPullsAllImages(await check({ manifests, world }));
 * ```
 *
 * @packageDocumentation
 */
import { AssertionError } from 'node:assert';
import type { CheckReport, ReportedPod } from '../report/check-report.js';
import {
  type ExpectedFailure,
  failsToPull,
  hasEvent,
  pullsAllImages,
  pullsAnonymously,
  type Subject,
  usesCredential,
  type Verdict,
} from './expectations.js';

export type { ExpectedFailure, Subject } from './expectations.js';

/** @throws AssertionError with the explanation of every pod whose images are not all there */
export const assertPullsAllImages = (subject: Subject): void =>
  insist(pullsAllImages(subject), assertPullsAllImages);

/** @throws AssertionError unless the image of this container fails as described */
export const assertFailsToPull = (subject: Subject, container: string, expected?: ExpectedFailure): void =>
  insist(failsToPull(subject, container, expected), assertFailsToPull);

/**
 * @param secret `namespace/name`
 * @throws AssertionError unless every image, or that of one container, is pulled with a credential of this secret
 */
export const assertUsesCredential = (subject: Subject, secret: string, container?: string): void =>
  insist(usesCredential(subject, secret, container), assertUsesCredential);

/** @throws AssertionError unless every image, or that of one container, is pulled without a credential */
export const assertPullsAnonymously = (subject: Subject, container?: string): void =>
  insist(pullsAnonymously(subject, container), assertPullsAnonymously);

/** @throws AssertionError unless some pod has such an event */
export const assertHasEvent = (subject: Subject, reason: string, pattern?: string | RegExp): void =>
  insist(hasEvent(subject, reason, pattern), assertHasEvent);

function insist({ pass, message }: Verdict, caller: (...args: never[]) => void): void {
  // The stack then begins where the test called, not in here.
  if (!pass) throw new AssertionError({ message: message(), stackStartFn: caller });
}

/**
 * One pod of a report.
 *
 * @param name `web`, `shop/web`, or the object as written: `Deployment/web`
 * @throws RangeError when there is none, or more than one
 */
export function podOf({ pods }: CheckReport, name: string): ReportedPod {
  const found = pods.filter(
    (pod) => pod.name === name || `${pod.namespace}/${pod.name}` === name || pod.owner === name,
  );
  const [pod] = found;
  if (pod !== undefined && found.length === 1) return pod;
  const names = pods.map((one) => `${one.namespace}/${one.name} on ${one.node ?? 'no node'}`).join(', ');
  throw new RangeError(
    `${found.length} pods are called "${name}"; there are: ${names === '' ? 'none' : names}`,
  );
}

/** The assertions as matchers: `expect.extend(matchers)` under jest; vitest has `pullsim/vitest`. */
export const matchers = {
  toPullAllImages: (received: Subject): Verdict => pullsAllImages(received),
  toFailToPull: (received: Subject, container: string, expected?: ExpectedFailure): Verdict =>
    failsToPull(received, container, expected),
  toUseCredential: (received: Subject, secret: string, container?: string): Verdict =>
    usesCredential(received, secret, container),
  toPullAnonymously: (received: Subject, container?: string): Verdict =>
    pullsAnonymously(received, container),
  toHaveEvent: (received: Subject, reason: string, pattern?: string | RegExp): Verdict =>
    hasEvent(received, reason, pattern),
};
