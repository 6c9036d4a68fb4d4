import type { Egress } from '@throughline/egress';
import { activeSecrets } from '../../domain/webhooks/endpoint';
import type { Attempt } from '../../domain/webhooks/schedule';
import { signatureHeader } from '../../domain/webhooks/signature';
import type { SecretBox, Sender } from '../../use-cases/webhooks/ports';

/** `Retry-After` in seconds or as a date, in milliseconds from now. */
const retryAfterOf = (text: string | undefined, at: number): number | undefined => {
  if (text === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - at;
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
};

/** Signed POSTs through the only way out. What the receiver answers beside its status is dropped here. */
export const createSender = (egress: Pick<Egress, 'call'>, box: SecretBox): Sender => ({
  async send(endpoint, id, body, at): Promise<Attempt> {
    const timestamp = Math.floor(at / 1_000);
    const secrets = activeSecrets(endpoint, at).map(({ sealed }) => box.open(sealed));
    const outcome = await egress.call({
      url: endpoint.url,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Throughline-Webhooks/1',
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signatureHeader(secrets, id, timestamp, body),
      },
      body,
    });
    if (outcome.kind === 'refused') return { at, status: 0, reason: outcome.reason, tookMs: 0 };
    const tookMs = Math.round(outcome.tookMs);
    if (outcome.kind === 'failed') return { at, status: 0, reason: outcome.reason, tookMs };
    const retryAfterMs = retryAfterOf(outcome.headers['retry-after'], at);
    return { at, status: outcome.status, reason: '', tookMs, ...(retryAfterMs ? { retryAfterMs } : {}) };
  },
});
