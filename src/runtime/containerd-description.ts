import type { ContainerdProfile } from '../versions/containerd.js';
import { encodeQuery, formatHttpUrl, parseHttpUrl, parseQuery } from './http-url.js';
import type { PullError } from './pull-error.js';

/** The gRPC description of a failed pull: its text with URLs redacted (runtime.md §9.4), as this release prints it. */
export function finalDescription(error: PullError, profile: ContainerdProfile): string {
  const text = profile.redactsTransportUrls ? redacted(error) : error.message;
  return profile.formatsMappedMessages && error.code !== 'Unknown' ? printedWithoutArguments(text) : text;
}

/** Only URLs of transport errors are redacted; a status shows its URL as it was. */
function redacted({ message, marks: { transportUrl } }: PullError): string {
  if (transportUrl === undefined) return message;
  const url = parseHttpUrl(transportUrl);
  const names = new Set(parseQuery(url.query).map(([name]) => name));
  if (names.size === 0) return message;
  const query = encodeQuery([...names].map((name) => [name, '[REDACTED]']));
  return message.replaceAll(transportUrl, formatHttpUrl({ ...url, query }));
}

/** Go's `fmt.Sprintf(text)`: each verb finds no argument. */
const printedWithoutArguments = (text: string) =>
  text.replace(/%[-+# 0]*\d*(?:\.\d*)?(.?)/gs, (_, verb: string) => {
    if (verb === '%') return '%';
    return verb === '' ? '%!(NOVERB)' : `%!${verb}(MISSING)`;
  });
