import { whyClosed } from './address';
import { callPinned } from './call-pinned';
import type { Destination } from './destination';
import { hostPort, isTrusted, readDestination, refused } from './destination';
import { createResolve, systemResolve } from './resolve';
import type { Egress, EgressCall, EgressOptions, Failed, Outcome, Refused } from './types';

const MOST_ADDRESSES = 3;
// The frame of the message is ours: a caller who could set these could say one thing to us and another to the receiver.
const ownHeaders =
  /^(host|connection|keep-alive|content-length|transfer-encoding|te|trailer|upgrade|expect|accept-encoding|proxy-.*)$/i;

const isRefused = (value: object): value is Refused => 'kind' in value && value.kind === 'refused';

/**
 * The client for addresses that users gave us. The name is resolved once per call, every address it has must be public, and
 * the connection goes to the address that was checked.
 */
export const createEgress = (options: EgressOptions = {}): Egress => {
  const { allow = [], deadlineMs = 5_000, maxBodyBytes = 64 * 1024, maxHeadBytes = 16 * 1024, ca } = options;
  const trusted = (options.trusted ?? []).map((text) => {
    const url = new URL(text);
    const port = url.port || (url.protocol === 'https:' ? '443' : '80');
    return `${url.protocol}//${url.hostname}:${port}`;
  });
  const rules = { allow, trusted, ports: options.ports ?? [443, 8443] };
  const resolve = createResolve(options.dnsServers, deadlineMs);

  const failed = (reason: Failed['reason'], detail: string, startedAt: number): Failed => ({
    kind: 'failed',
    reason,
    detail,
    reached: false,
    tookMs: performance.now() - startedAt,
  });

  const addressesOf = async (to: Destination, startedAt: number): Promise<string[] | Refused | Failed> => {
    const free = isTrusted(to, trusted);
    let found: string[];
    try {
      found = to.isAddress ? [to.host] : await (free ? systemResolve : resolve)(to.host);
    } catch (error) {
      const { code } = error as { code?: string };
      return failed('NAME_NOT_RESOLVED', `names ${to.host}, for which DNS gave no answer (${code})`, startedAt);
    }
    if (found.length === 0) return failed('NAME_NOT_FOUND', `names ${to.host}, which DNS does not know`, startedAt);
    for (const address of free ? [] : found) {
      const why = allow.includes(hostPort(address, to.port)) ? undefined : whyClosed(address);
      // One bad address among good ones is no accident: nobody is called.
      if (why) return refused('ADDRESS_NOT_PUBLIC', `leads to ${address}, which is not public (${why})`);
    }
    return found.slice(0, MOST_ADDRESSES);
  };

  const inTime = async <T>(work: Promise<T>, endsAt: number, late: () => T): Promise<T> => {
    let alarm: NodeJS.Timeout | undefined;
    const over = new Promise<T>((done) => {
      alarm = setTimeout(() => done(late()), Math.max(endsAt - performance.now(), 1));
    });
    const first = await Promise.race([work, over]);
    clearTimeout(alarm);
    return first;
  };

  const locate = async (url: string, startedAt: number, endsAt: number) => {
    const to = readDestination(url, rules);
    if (isRefused(to)) return to;
    const late = () => failed('TIMED_OUT', 'has a name that DNS did not resolve in time', startedAt);
    const addresses = await inTime(addressesOf(to, startedAt), endsAt, late);
    return Array.isArray(addresses) ? { to, addresses } : addresses;
  };

  return {
    async check(url) {
      const startedAt = performance.now();
      const found = await locate(url, startedAt, startedAt + deadlineMs);
      return 'to' in found ? undefined : found;
    },
    async call(call: EgressCall): Promise<Outcome> {
      const startedAt = performance.now();
      const endsAt = startedAt + Math.min(call.deadlineMs ?? deadlineMs, deadlineMs);
      const own = Object.keys(call.headers ?? {}).find((name) => ownHeaders.test(name));
      if (own) return refused('HEADER_INVALID', `would get the header ${own}, which callers do not set`);
      const found = await locate(call.url, startedAt, endsAt);
      if (!('to' in found)) return found;
      let outcome: Outcome | undefined;
      for (const address of found.addresses) {
        const attempt = { destination: found.to, address, call, endsAt, startedAt, maxBodyBytes, maxHeadBytes, ca };
        outcome = await callPinned(attempt);
        // The next address only while nobody can have seen the request.
        const again = outcome.kind === 'failed' && outcome.reason === 'CONNECTION_FAILED' && !outcome.reached;
        if (!again || performance.now() >= endsAt) break;
      }
      return outcome!;
    },
  };
};
