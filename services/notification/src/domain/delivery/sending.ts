import type { Delivery } from './delivery';
import { stepTo } from './delivery';

/** What an attempt to hand a message to a provider ended with. */
export type Outcome =
  | { kind: 'accepted'; providerId: string }
  /** Surely not taken, and may be tried again. */
  | { kind: 'temporary'; code: string; detail: string }
  /** Surely not taken, and never will be. */
  | { kind: 'permanent'; code: string; detail: string }
  /** The provider may have it or not. */
  | { kind: 'unknown'; detail: string }
  /** It was not even tried: whoever meant to came too late. */
  | { kind: 'untried' };

/** What a provider answers when it is asked what it has. */
export type Finding = { kind: 'found'; providerId: string } | { kind: 'absent' } | { kind: 'silent'; detail: string };

export interface Patience {
  /** For how long an attempt belongs to the process that began it. */
  leaseMs: number;
  /** From then on a message that the provider does not list was not taken. */
  settleMs: number;
  /** A doubt that lasts longer is ended by giving up: sending again could be the second time. */
  doubtMs: number;
  /** A message that could not be handed over is given up after this long. */
  giveUpMs: number;
}

/** 1 s, 4 s, 16 s … up to 15 minutes. */
const backOff = (attempts: number): number => Math.min(1_000 * 4 ** Math.max(attempts - 1, 0), 900_000);

/** The delivery as it is while somebody hands it over; undefined when it is not to be handed over now. */
export const claim = (delivery: Delivery, now: number, { leaseMs }: Patience): Delivery | undefined => {
  if (delivery.state !== 'queued') return undefined;
  return { ...delivery, state: 'sending', attempts: delivery.attempts + 1, attemptAt: now, dueAt: now + leaseMs };
};

const expired = (delivery: Delivery, now: number, { giveUpMs }: Patience): boolean =>
  now - delivery.createdAt > giveUpMs || (delivery.expiresAt !== undefined && now >= delivery.expiresAt);

/** The delivery after an attempt. Undefined when the attempt is not the last one any more: whoever took over decides. */
export const afterAttempt = (
  delivery: Delivery,
  attempt: number,
  outcome: Outcome,
  now: number,
  patience: Patience,
): Delivery | undefined => {
  if (delivery.attempts !== attempt || (delivery.state !== 'sending' && delivery.state !== 'unknown')) return undefined;
  switch (outcome.kind) {
    case 'accepted':
      return { ...stepTo(delivery, 'sent', now), providerId: outcome.providerId };
    case 'permanent':
      return stepTo(delivery, 'failed', now, { reason: outcome.code, detail: outcome.detail });
    case 'temporary':
      if (expired(delivery, now, patience)) {
        return stepTo(delivery, 'failed', now, {
          reason: 'GIVEN_UP',
          detail: `${outcome.code} ${outcome.detail}`.trim(),
        });
      }
      return { ...delivery, state: 'queued', detail: outcome.detail, dueAt: now + backOff(attempt) };
    case 'untried':
      // That says nothing about the provider, so nobody waits.
      return expired(delivery, now, patience)
        ? stepTo(delivery, 'failed', now, { reason: 'GIVEN_UP', detail: 'was not tried in time' })
        : { ...delivery, state: 'queued', detail: '', dueAt: now };
    case 'unknown':
      if (delivery.state === 'unknown') return undefined;
      return stepTo(delivery, 'unknown', now, { reason: 'OUTCOME_UNKNOWN', detail: outcome.detail, dueAt: now + 500 });
  }
};

/** The delivery after the provider was asked what it has. Nothing is sent again while it may still turn up there. */
export const afterLookUp = (
  delivery: Delivery,
  attempt: number,
  finding: Finding,
  now: number,
  patience: Patience,
): Delivery | undefined => {
  if (delivery.state !== 'unknown' || delivery.attempts !== attempt) return undefined;
  if (finding.kind === 'found') return { ...stepTo(delivery, 'sent', now), providerId: finding.providerId };
  const since = now - delivery.attemptAt;
  if (finding.kind === 'absent' && since >= patience.settleMs) {
    if (expired(delivery, now, patience)) {
      return stepTo(delivery, 'failed', now, { reason: 'GIVEN_UP', detail: 'the provider did not take it in time' });
    }
    return { ...delivery, state: 'queued', reason: '', detail: 'the provider does not have it', dueAt: now };
  }
  if (since >= patience.doubtMs) {
    const detail = 'nobody could say whether it was sent, so it is not sent again';
    return stepTo(delivery, 'failed', now, { reason: 'OUTCOME_UNKNOWN', detail });
  }
  const pause = Math.min(Math.max(since / 2, 500), 30_000);
  return {
    ...delivery,
    dueAt: finding.kind === 'absent' ? Math.min(now + pause, delivery.attemptAt + patience.settleMs) : now + pause,
  };
};
