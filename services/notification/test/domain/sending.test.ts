import fc from 'fast-check';
import type { Delivery, DeliveryState } from '../../src/domain/delivery/delivery';
import { newDelivery } from '../../src/domain/delivery/delivery';
import { textWithFooter } from '../../src/domain/delivery/footer';
import { applyReport } from '../../src/domain/delivery/reports';
import type { Finding, Outcome } from '../../src/domain/delivery/sending';
import { afterAttempt, afterLookUp, claim } from '../../src/domain/delivery/sending';

const patience = { leaseMs: 3_000, settleMs: 5_000, doubtMs: 900_000, giveUpMs: 86_400_000 };
const base: Delivery = {
  ...newDelivery({
    id: 'ntf_1',
    fingerprint: '',
    customerId: 'ada',
    point: 'phone:+4915112345678',
    channel: 'sms',
    messageClass: 'promotional',
    topic: '',
    department: '',
    kind: '',
    aboutId: '',
    conversationId: '',
    issueId: '',
    createdAt: 0,
    content: { templateId: '', templateVersion: 0, language: 'de', subject: '', text: 'Hallo.', html: '' },
    zones: [],
  }),
  state: 'queued',
};
const sending: Delivery = { ...base, state: 'sending', attempts: 1, attemptAt: 1_000 };
const unknown: Delivery = { ...sending, state: 'unknown' };

describe('an attempt', () => {
  it('belongs to one process: what is on its way is not claimed again', () => {
    expect(claim(base, 1_000, patience)).toMatchObject({
      state: 'sending',
      attempts: 1,
      attemptAt: 1_000,
      dueAt: 4_000,
    });
    for (const state of ['sending', 'unknown', 'sent', 'failed'] as DeliveryState[])
      expect(claim({ ...base, state }, 1_000, patience)).toBeUndefined();
  });

  it.each<[Outcome, DeliveryState, Partial<Delivery>]>([
    [{ kind: 'accepted', providerId: 'SM1' }, 'sent', { providerId: 'SM1', dueAt: undefined }],
    [{ kind: 'temporary', code: '429', detail: '' }, 'queued', { dueAt: 3_000 }],
    [{ kind: 'permanent', code: '21211', detail: '' }, 'failed', { reason: '21211' }],
    [{ kind: 'unknown', detail: '' }, 'unknown', { dueAt: 2_500 }],
  ])('%o: %s', (outcome, state, more) => {
    expect(afterAttempt(sending, 1, outcome, 2_000, patience)).toMatchObject({ state, ...more });
  });

  it('that another process took over says nothing any more', () => {
    expect(
      afterAttempt({ ...sending, attempts: 2 }, 1, { kind: 'accepted', providerId: 'SM1' }, 2_000, patience),
    ).toBeUndefined();
    expect(
      afterAttempt({ ...sending, state: 'delivered' }, 1, { kind: 'unknown', detail: '' }, 2_000, patience),
    ).toBeUndefined();
  });

  it.each<[Finding, number, DeliveryState, Partial<Delivery>]>([
    [{ kind: 'found', providerId: 'SM1' }, 2_000, 'sent', { providerId: 'SM1' }],
    [{ kind: 'absent' }, 2_000, 'unknown', {}],
    [{ kind: 'absent' }, 5_999, 'unknown', { dueAt: 6_000 }],
    [{ kind: 'absent' }, 6_000, 'queued', { dueAt: 6_000 }],
    [{ kind: 'silent', detail: '' }, 6_000, 'unknown', {}],
    [{ kind: 'silent', detail: '' }, 901_000, 'failed', { reason: 'OUTCOME_UNKNOWN' }],
  ])('in doubt, %o after %i ms: %s', (finding, now, state, more) => {
    expect(afterLookUp(unknown, 1, finding, now, patience)).toMatchObject({ state, ...more });
  });
});

it('whatever the provider and the processes do, it takes a message once at most and its fate is the truth', () => {
  // Steps of a world: a process claims, sends (the provider may take it or not, the answer may be lost), dies, looks up.
  const step = fc.record({
    act: fc.constantFrom('claim', 'send', 'die', 'look', 'callback', 'wait'),
    takes: fc.boolean(),
    answers: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let now = 1_000;
      let delivery: Delivery = base;
      let inHand = 0;
      const taken: string[] = [];
      for (const { act, takes, answers } of steps) {
        now += act === 'wait' ? 2_500 : 100;
        if (act === 'claim' && delivery.dueAt !== undefined && delivery.dueAt <= now) {
          const next = claim(delivery, now, patience);
          if (next) inHand = next.attempts;
          delivery = next ?? delivery;
        }
        if (act === 'send' && inHand > 0) {
          // The use-case makes no call later than a third of the lease.
          const inTime = now <= delivery.attemptAt + patience.leaseMs / 3 && delivery.attempts === inHand;
          if (inTime && takes) taken.push(`SM${taken.length}`);
          const outcome: Outcome = !inTime
            ? { kind: 'untried' }
            : !answers
              ? { kind: 'unknown', detail: '' }
              : takes
                ? { kind: 'accepted', providerId: taken.at(-1)! }
                : { kind: 'temporary', code: '429', detail: '' };
          delivery = afterAttempt(delivery, inHand, outcome, now, patience) ?? delivery;
          inHand = 0;
        }
        if (act === 'die') inHand = 0;
        if (delivery.state === 'sending' && delivery.dueAt! <= now) delivery = { ...delivery, state: 'unknown' };
        if (act === 'look' && delivery.state === 'unknown') {
          const finding: Finding = taken.length > 0 ? { kind: 'found', providerId: taken[0]! } : { kind: 'absent' };
          delivery = afterLookUp(delivery, delivery.attempts, finding, now, patience) ?? delivery;
        }
        if (act === 'callback' && taken.length > 0) {
          const report = { state: 'delivered' as const, at: now, code: '', detail: '', providerId: taken[0]! };
          delivery = applyReport(delivery, report);
        }
        if (taken.length > 1) return false;
        if ((delivery.state === 'sent' || delivery.state === 'delivered') && taken.length !== 1) return false;
      }
      return true;
    }),
    { numRuns: Number(process.env['FC_RUNS'] ?? 1_000) },
  );
});

it('every promotional message says how to get no more of them', () => {
  expect(textWithFooter(base, 'https://x/p/1')).toBe('Hallo. Abmelden: Antwort STOP.');
  expect(textWithFooter({ ...base, channel: 'email' }, 'https://x/p/1')).toContain('https://x/p/1');
  expect(textWithFooter({ ...base, messageClass: 'service' }, 'https://x/p/1')).toBe('Hallo.');
});
