import type { Egress, Outcome as Reply } from '@throughline/egress';
import type { Delivery } from '../domain/delivery/delivery';
import type { Outcome } from '../domain/delivery/sending';
import type { Provider } from '../use-cases/ports';

/** An account at a provider of text messages and calls. */
export interface ProviderAccount {
  tenantId: string;
  /** Base address of its REST API. */
  url: string;
  accountSid: string;
  authToken: string;
  /** Our number. */
  from: string;
}

export interface ProviderOptions {
  accounts: ProviderAccount[];
  egress: Pick<Egress, 'call'>;
  /** Where the provider reports what became of a message. */
  callbackUrl(tenantId: string, delivery: Delivery): string;
  text(tenantId: string, delivery: Delivery): string;
}

const escaped: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const xml = (text: string): string => text.replace(/[&<>"]/g, (character) => escaped[character]!);

const spoken = (text: string, language: string): string =>
  `<Response><Say${language ? ` language="${xml(language)}"` : ''}>${xml(text)}</Say></Response>`;

interface Listed {
  sid?: string;
  body?: string;
  date_created?: string;
}

const parsed = (body: Buffer): Record<string, unknown> => {
  try {
    return JSON.parse(body.toString('utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
};

const CLOCK_SKEW_MS = 60_000;

/** What a reply to an order to send means. Anything that may have been carried out before it broke is a doubt. */
const outcomeOf = (reply: Reply): Outcome => {
  if (reply.kind === 'refused') return { kind: 'temporary', code: reply.reason, detail: `the URL ${reply.detail}` };
  if (reply.kind === 'failed') {
    return reply.reached
      ? { kind: 'unknown', detail: `the provider did not answer: ${reply.reason}` }
      : { kind: 'temporary', code: reply.reason, detail: 'the provider is not reached' };
  }
  const { status, body } = reply;
  const said = parsed(body);
  const detail = String(said['message'] ?? `the provider answered ${status}`).slice(0, 500);
  if (status >= 200 && status < 300) {
    const { sid } = said;
    return typeof sid === 'string' && sid ? { kind: 'accepted', providerId: sid } : { kind: 'unknown', detail };
  }
  if (status === 429) return { kind: 'temporary', code: '429', detail };
  if (status >= 400 && status < 500) return { kind: 'permanent', code: String(said['code'] ?? status), detail };
  return { kind: 'unknown', detail };
};

/**
 * Text messages and calls through the REST API that Twilio made common. It knows no keys that would keep a repeated order
 * from being carried out twice; it lists what it has, and that is asked instead.
 */
export const createProvider = ({ accounts, egress, callbackUrl, text }: ProviderOptions): Provider => {
  const accountOf = (tenantId: string) => accounts.find((account) => account.tenantId === tenantId);
  const headersOf = ({ accountSid, authToken }: ProviderAccount) => ({
    authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`,
  });
  const base = ({ url, accountSid }: ProviderAccount) =>
    `${url.replace(/\/$/, '')}/2010-04-01/Accounts/${encodeURIComponent(accountSid)}`;
  const numberOf = ({ point }: Delivery) => point.slice('phone:'.length);

  return {
    async send(tenantId, delivery) {
      const account = accountOf(tenantId);
      if (!account) return { kind: 'permanent', code: 'CHANNEL_NOT_CONFIGURED', detail: 'the tenant has no provider' };
      const words = text(tenantId, delivery);
      const form = new URLSearchParams({
        To: numberOf(delivery),
        From: account.from,
        StatusCallback: callbackUrl(tenantId, delivery),
        ...(delivery.channel === 'sms' ? { Body: words } : { Twiml: spoken(words, delivery.content.language) }),
      });
      const reply = await egress.call({
        url: `${base(account)}/${delivery.channel === 'sms' ? 'Messages' : 'Calls'}.json`,
        method: 'POST',
        headers: { ...headersOf(account), 'content-type': 'application/x-www-form-urlencoded' },
        body: form.toString(),
      });
      return outcomeOf(reply);
    },
    async list(tenantId, delivery) {
      const account = accountOf(tenantId);
      if (!account) return { kind: 'silent', detail: 'the tenant has no provider' };
      const texts = delivery.channel === 'sms';
      const since = delivery.attemptAt - CLOCK_SKEW_MS;
      const day = new Date(since).toISOString().slice(0, 10);
      const query = new URLSearchParams({ To: numberOf(delivery), From: account.from, PageSize: '100' });
      query.set(texts ? 'DateSent>' : 'StartTime>', day);
      const reply = await egress.call({
        url: `${base(account)}/${texts ? 'Messages' : 'Calls'}.json?${query}`,
        method: 'GET',
        headers: headersOf(account),
      });
      if (reply.kind !== 'answered' || reply.status !== 200) {
        return { kind: 'silent', detail: reply.kind === 'answered' ? `answered ${reply.status}` : reply.reason };
      }
      const said = parsed(reply.body);
      const listed = said[texts ? 'messages' : 'calls'];
      if (!Array.isArray(listed)) return { kind: 'silent', detail: 'the answer is no list' };
      const words = text(tenantId, delivery);
      const mine = (listed as Listed[]).filter(
        ({ body, date_created }) => (!texts || body === words) && Date.parse(date_created ?? '') >= since - 1_000,
      );
      return { kind: 'listed', providerIds: mine.flatMap(({ sid }) => sid ?? []) };
    },
  };
};
