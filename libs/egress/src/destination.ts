import { isIP } from 'node:net';
import type { Refused } from './types';

/** Where a URL points, read once and never parsed again. */
export interface Destination {
  scheme: 'http' | 'https';
  /** Name or address in its canonical spelling, without brackets. */
  host: string;
  isAddress: boolean;
  port: number;
  /** Path and query. */
  path: string;
  /** What the `Host` header says. */
  hostHeader: string;
}

export interface DestinationRules {
  ports: number[];
  /** `host:port` for which scheme and port are free. */
  allow: string[];
  /** Origins an operator set. */
  trusted: string[];
}

const LONGEST = 2_048;
const closedNames = ['localhost', 'localdomain', 'local', 'internal', 'intranet', 'private', 'lan', 'home', 'corp'];
const closedEndings = [...closedNames, 'arpa', 'svc', 'onion'];
const label = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

export const refused = (reason: Refused['reason'], detail: string): Refused => ({ kind: 'refused', reason, detail });

/** `host:port` as allow-lists spell it; IPv6 in brackets. */
export const hostPort = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

const nameFault = (host: string): string | undefined => {
  const labels = host.split('.');
  if (labels.length < 2) return 'names a host without a domain';
  if (host.length > 253 || !labels.every((one) => label.test(one))) return 'is not a host name';
  if (closedEndings.includes(labels.at(-1)!)) return `ends in .${labels.at(-1)}, which is not public`;
  return undefined;
};

/** True for a URL below an origin that an operator set. */
export const isTrusted = ({ scheme, host, port }: Destination, trusted: string[]): boolean =>
  trusted.includes(`${scheme}://${hostPort(host, port)}`);

/** Reads a URL and checks everything that can be said without asking anybody. */
export const readDestination = (text: string, rules: DestinationRules): Destination | Refused => {
  if (text.length > LONGEST) return refused('URL_TOO_LONG', `has ${text.length} characters; at most ${LONGEST}`);
  // A parser repairs these, each in its own way: what was checked must be what is called.
  if (/[\u0000-\u0020\u007f\\]/.test(text))
    return refused('URL_INVALID', 'holds a space, a backslash or a control character');
  if (!URL.canParse(text)) return refused('URL_INVALID', 'is not an absolute URL');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return refused('SCHEME_NOT_ALLOWED', 'must be https');
  if (!/^https?:\/\/[^/]/i.test(text)) return refused('URL_INVALID', 'must start with https:// and a host');
  if (url.username !== '' || url.password !== '')
    return refused('CREDENTIALS_IN_URL', 'must not carry a user or password');
  const scheme = url.protocol === 'https:' ? 'https' : 'http';
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const isAddress = isIP(host) !== 0;
  const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port);
  const destination = { scheme, host, isAddress, port, path: url.pathname + url.search, hostHeader: url.host } as const;
  if (isTrusted(destination, rules.trusted)) return destination;
  const listed = rules.allow.includes(hostPort(host, port));
  if (scheme !== 'https' && !listed) return refused('SCHEME_NOT_ALLOWED', 'must be https');
  if (!rules.ports.includes(port) && !listed) {
    return refused('PORT_NOT_ALLOWED', `names port ${port}; allowed are ${rules.ports.join(' and ')}`);
  }
  const fault = isAddress ? undefined : nameFault(host);
  return fault ? refused('HOST_NOT_ALLOWED', fault) : destination;
};
