import type {
  CheckReport,
  ReportedAttempt,
  ReportedExchange,
  ReportedImage,
  ReportedPod,
} from './check-report.js';
import { credentialWords } from './pod-block.js';

export interface HarOptions {
  /** Of pullsim. */
  readonly version?: string;
}

/**
 * The HTTP exchanges of every pull as a HAR 1.2 log, one page per credential that was offered. Secrets are masked:
 * `Authorization` says what was sent (`Basic alice:***`). Nothing is measured in virtual time, so times are 0 and sizes
 * -1, HAR's word for unknown.
 */
export function renderHar(report: CheckReport, { version = '' }: HarOptions = {}): string {
  const pulls = report.pods.flatMap(pullsOf);
  const log = {
    version: '1.2',
    creator: { name: 'pullsim', version },
    pages: pulls.map(({ title }, index) => page(title, index)),
    entries: pulls.flatMap(({ attempt, title }, index) =>
      attempt.exchanges.map((exchange) => entry(exchange, title, index)),
    ),
    comment: 'Pulls take no time on the virtual clock: times are not measured, and sizes are not known.',
  };
  return `${JSON.stringify({ log }, undefined, 2)}\n`;
}

interface Pull {
  readonly title: string;
  readonly attempt: ReportedAttempt;
}

const pullsOf = (pod: ReportedPod): readonly Pull[] =>
  pod.images.flatMap((image) =>
    image.attempts
      .filter(({ exchanges }) => exchanges.length > 0)
      .map((attempt) => ({ title: titleOf(pod, image, attempt), attempt })),
  );

const titleOf = (
  pod: ReportedPod,
  { container, image }: ReportedImage,
  { credential }: ReportedAttempt,
): string => `${pod.namespace}/${pod.name} ${container} ${image} ${credentialWords(credential)}`;

/** HAR asks for a time; the virtual clock has none that means anything to a reader. */
const startedDateTime = '1970-01-01T00:00:00.000Z';

const pageId = (index: number): string => `pull_${index + 1}`;

const page = (title: string, index: number) => ({
  startedDateTime,
  id: pageId(index),
  title,
  pageTimings: {},
});

const unknownSize = { headersSize: -1, bodySize: -1 } as const;

const entry = (exchange: ReportedExchange, title: string, index: number) => ({
  pageref: pageId(index),
  startedDateTime,
  time: 0,
  request: {
    method: exchange.method,
    url: exchange.url,
    httpVersion: 'HTTP/1.1',
    cookies: [],
    headers: headersOf(exchange),
    queryString: queryOf(exchange.url),
    ...unknownSize,
  },
  response: responseOf(exchange),
  cache: {},
  timings: { send: 0, wait: 0, receive: 0 },
  comment: title,
});

const headersOf = ({ authorization = 'none' }: ReportedExchange) =>
  authorization === 'none' ? [] : [{ name: 'Authorization', value: authorization }];

/** No answer is status 0, as browsers write it. */
const responseOf = ({ status, error }: ReportedExchange) => ({
  status: status ?? 0,
  statusText: '',
  httpVersion: 'HTTP/1.1',
  cookies: [],
  headers: [],
  content: { size: -1, mimeType: '' },
  redirectURL: '',
  ...unknownSize,
  ...(error !== undefined && { comment: error }),
});

function queryOf(url: string): readonly { readonly name: string; readonly value: string }[] {
  const query = url.indexOf('?');
  if (query < 0) return [];
  return [...new URLSearchParams(url.slice(query + 1))].map(([name, value]) => ({ name, value }));
}
