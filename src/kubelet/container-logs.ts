import { goQuote } from '../image/go-quote.js';
import { imageReasons } from './pull-error.js';

const explained: Readonly<Record<string, string>> = {
  [imageReasons.pull]: "image can't be pulled",
  [imageReasons.backOff]: 'trying and failing to pull image',
};

/**
 * What `kubectl logs` answers, with HTTP status 400, while a container waits (kubelet.md §6.8).
 *
 * @param reason of the waiting container
 */
export const waitingLogsMessage = (pod: string, container: string, reason: string): string =>
  `container ${goQuote(container)} in pod ${goQuote(pod)} is waiting to start: ${explained[reason] ?? reason}`;
