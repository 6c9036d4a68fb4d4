import { createHmac, randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';

/** A text message or call that was taken. */
export type TakenMessage = { sid: string; kind: 'sms' | 'voice'; to: string; from: string; body: string; at: number };

export type MessageProviderOptions = {
  port: number;
  accountSid: string;
  authToken: string;
  /** What goes wrong with the next order: taken but not answered, or not taken and answered with 500. */
  fault?: () => 'none' | 'drop' | 'fail';
  /** Reports each state twice and the last one first. */
  unruly?: boolean;
  /** Where each taken message is noted, one line of JSON each. */
  file?: string;
};

export type MessageProvider = {
  port: number;
  taken: TakenMessage[];
  stop: () => Promise<void>;
};

const signatureOf = (authToken: string, url: string, form: URLSearchParams): string => {
  const text = [...form.keys()]
    .sort()
    .map((name) => name + (form.get(name) ?? ''))
    .join('');
  return createHmac('sha1', authToken)
    .update(url + text, 'utf8')
    .digest('base64');
};

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
};

const answer = (response: ServerResponse, status: number, value: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
};

/**
 * A provider of text messages and calls in the common shape, for machines that must send none to anybody: takes orders,
 * lists what it took, reports what became of it, and can be made to fail the way networks do.
 */
export const startMessageProvider = async (options: MessageProviderOptions): Promise<MessageProvider> => {
  const { accountSid, authToken, fault = () => 'none', unruly = false } = options;
  const taken: TakenMessage[] = [];
  const byNumber = new Map<string, TakenMessage[]>();
  const base = `/2010-04-01/Accounts/${accountSid}/`;
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;

  const tell = async (url: string, form: URLSearchParams): Promise<void> => {
    const headers = { 'x-twilio-signature': signatureOf(authToken, url, form) };
    // Nobody there: a provider does not come again for ever.
    await fetch(url, { method: 'POST', headers, body: form, signal: AbortSignal.timeout(2_000) }).catch(
      () => undefined,
    );
  };
  const report = async (message: TakenMessage, url: string): Promise<void> => {
    const states = message.kind === 'sms' ? ['sent', 'delivered'] : ['in-progress', 'completed'];
    const order = unruly ? [states[1]!, states[0]!, states[1]!, states[0]!] : states;
    for (const state of order) {
      const names = message.kind === 'sms' ? ['MessageSid', 'MessageStatus'] : ['CallSid', 'CallStatus'];
      const form = new URLSearchParams([
        [names[0]!, message.sid],
        [names[1]!, state],
      ]);
      await tell(url, form);
    }
  };
  const take = (kind: TakenMessage['kind'], form: URLSearchParams): TakenMessage => {
    const get = (name: string) => form.get(name) ?? '';
    const sid = `${kind === 'sms' ? 'SM' : 'CA'}${randomBytes(16).toString('hex')}`;
    const body = kind === 'sms' ? get('Body') : get('Twiml');
    const message = { sid, kind, to: get('To'), from: get('From'), body, at: Date.now() };
    taken.push(message);
    byNumber.set(message.to, [...(byNumber.get(message.to) ?? []), message]);
    if (options.file) appendFileSync(options.file, `${JSON.stringify(message)}\n`);
    return message;
  };
  const order = async (kind: TakenMessage['kind'], request: IncomingMessage, response: ServerResponse) => {
    const form = new URLSearchParams(await bodyOf(request));
    if (!/^\+[1-9]\d{1,14}$/.test(form.get('To') ?? '')) {
      return answer(response, 400, { code: 21211, message: "The 'To' number is not valid." });
    }
    const wrong = fault();
    if (wrong === 'fail') return answer(response, 500, { message: 'try again' });
    const message = take(kind, form);
    const callback = form.get('StatusCallback');
    if (callback) void report(message, callback);
    if (wrong === 'drop') return void request.socket.destroy();
    answer(response, 201, { sid: message.sid, status: 'queued' });
  };
  const list = (kind: TakenMessage['kind'], query: URLSearchParams, response: ServerResponse) => {
    const found = (byNumber.get(query.get('To') ?? '') ?? []).filter((one) => one.kind === kind);
    const rows = found.map(({ sid, to, from, body, at }) => ({
      sid,
      to,
      from,
      body,
      status: 'sent',
      date_created: new Date(at).toUTCString(),
    }));
    answer(response, 200, kind === 'sms' ? { messages: rows } : { calls: rows });
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://provider');
    if (request.headers.authorization !== authorization) return answer(response, 401, { message: 'who are you?' });
    const kind =
      url.pathname === `${base}Messages.json` ? 'sms' : url.pathname === `${base}Calls.json` ? 'voice' : undefined;
    if (!kind) return answer(response, 404, { message: 'nothing is here' });
    if (request.method === 'POST') return order(kind, request, response);
    list(kind, url.searchParams, response);
  };

  if (options.file) mkdirSync(dirname(options.file), { recursive: true });
  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    taken,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
