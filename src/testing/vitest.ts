/**
 * Matchers for vitest: importing this file makes them known to `expect`, also to its types.
 *
 * ```ts
 * import 'pullsim/vitest';
 * expect(await check({ manifests, world })).toPullAllImages();
 * ```
 *
 * @packageDocumentation
 */
import { expect } from 'vitest';
import { type ExpectedFailure, matchers } from './assert.js';

/** What `pullsim/vitest` adds to `expect(report)` and `expect(pod)`. */
interface PullMatchers<R = unknown> {
  /** Every image is pulled, or on the node already. */
  toPullAllImages(): R;
  /** The image of this container fails, as described. */
  toFailToPull(container: string, expected?: ExpectedFailure): R;
  /** Every image, or that of one container, is pulled with a credential of this secret (`namespace/name`). */
  toUseCredential(secret: string, container?: string): R;
  /** Every image, or that of one container, is pulled without a credential. */
  toPullAnonymously(container?: string): R;
  /** Some pod has an event of this reason whose message has this part, or matches this pattern. */
  toHaveEvent(reason: string, pattern?: string | RegExp): R;
}

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: vitest's own declaration, which this one joins, says so
  interface Matchers<T = any> extends PullMatchers<T> {}
}

// Adding matchers is all that this entry is for, so it happens at import.
expect.extend(matchers);
