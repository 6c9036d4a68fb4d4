import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { Agent, request as overHttp } from 'node:http';
import { request as overHttps, Agent as TlsAgent } from 'node:https';
import { addressBytes } from './address';
import type { Destination } from './destination';
import type { EgressCall, Failed, Outcome } from './types';

export interface Limits {
  maxBodyBytes: number;
  maxHeadBytes: number;
  ca?: string | undefined;
}

interface Attempt extends Limits {
  destination: Destination;
  /** The address that was checked; the connection goes there and nowhere else. */
  address: string;
  call: EgressCall;
  /** When everything must be over, of `performance.now()`. */
  endsAt: number;
  startedAt: number;
}

const tlsFault = /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|EPROTO|ERR_OSSL)/;
const answerFault = /^HPE_/;

const sameAddress = (a: string | undefined, b: string): boolean =>
  a !== undefined && addressBytes(a)?.join() === addressBytes(b)?.join();

const optionsOf = ({ destination, address, call, maxHeadBytes, ca }: Attempt): RequestOptions => {
  const { scheme, host, isAddress, port, path, hostHeader } = destination;
  const body = call.body === undefined ? undefined : Buffer.from(call.body as string);
  return {
    host: address,
    port,
    path,
    method: call.method,
    setHost: false,
    headers: {
      ...call.headers,
      host: hostHeader,
      // Nothing is unpacked, so a small answer stays small.
      'accept-encoding': 'identity',
      connection: 'close',
      ...(body || call.method === 'POST' ? { 'content-length': String(body?.length ?? 0) } : {}),
    },
    maxHeaderSize: maxHeadBytes,
    // An agent of its own: no proxy of the environment, no connection somebody else opened.
    agent: scheme === 'https' ? new TlsAgent({ keepAlive: false }) : new Agent({ keepAlive: false }),
    lookup: () => {
      throw new Error('the address is fixed already');
    },
    ...(scheme === 'https'
      ? { servername: isAddress ? '' : host, rejectUnauthorized: true, minVersion: 'TLSv1.2', ...(ca ? { ca } : {}) }
      : {}),
  };
};

const flatHeaders = (answer: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(answer.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : `${value}`]),
  );

/** One request over one connection to one checked address. */
export const callPinned = (attempt: Attempt): Promise<Outcome> =>
  new Promise((resolve) => {
    const { destination, address, call, endsAt, startedAt, maxBodyBytes } = attempt;
    const took = (): number => performance.now() - startedAt;
    let reached = false;
    let request: ClientRequest | undefined;
    const end = (outcome: Outcome): void => {
      clearTimeout(alarm);
      resolve(outcome);
      request?.destroy();
    };
    const fail = (reason: Failed['reason'], detail: string): void =>
      end({ kind: 'failed', reason, detail, reached, tookMs: took() });
    const alarm = setTimeout(
      () => fail('TIMED_OUT', 'did not answer in time'),
      Math.max(endsAt - performance.now(), 1),
    );
    const broken = (error: Error & { code?: string }): void => {
      const code = error.code ?? '';
      if (tlsFault.test(code)) fail('TLS_FAILED', `has no certificate we can trust (${code})`);
      else if (answerFault.test(code)) fail('ANSWER_INVALID', `answers with something that is not HTTP (${code})`);
      else fail('CONNECTION_FAILED', `could not be talked to (${code || 'connection lost'})`);
    };
    try {
      request = (destination.scheme === 'https' ? overHttps : overHttp)(optionsOf(attempt));
    } catch {
      return end({
        kind: 'refused',
        reason: 'HEADER_INVALID',
        detail: 'would get a header that holds forbidden characters',
      });
    }
    request.on('socket', (socket) => {
      socket.once('connect', () => {
        // Belt and braces: whatever the runtime did with our options, no byte goes to an address we did not check.
        if (!sameAddress(socket.remoteAddress, address)) fail('CONNECTION_FAILED', 'was answered by another address');
        else if (destination.scheme === 'http') reached = true;
      });
      socket.once('secureConnect', () => {
        reached = true;
      });
    });
    request.on('upgrade', () => fail('ANSWER_INVALID', 'wants another protocol'));
    request.on('error', broken);
    request.on('close', () => fail('CONNECTION_FAILED', 'closed the connection'));
    request.on('response', (answer) => {
      const parts: Buffer[] = [];
      let size = 0;
      answer.on('data', (part: Buffer) => {
        size += part.length;
        if (size > maxBodyBytes) fail('ANSWER_TOO_LARGE', `answers with more than ${maxBodyBytes} bytes`);
        else parts.push(part);
      });
      answer.on('error', broken);
      answer.on('end', () =>
        end({
          kind: 'answered',
          status: answer.statusCode ?? 0,
          headers: flatHeaders(answer),
          body: Buffer.concat(parts),
          tookMs: took(),
        }),
      );
    });
    request.end(call.body);
  });
