import fc from 'fast-check';
import type { Delivery, DeliveryState } from '../../src/domain/delivery/delivery';
import { newDelivery } from '../../src/domain/delivery/delivery';
import type { Report } from '../../src/domain/delivery/reports';
import { applyReport, suppressionOf } from '../../src/domain/delivery/reports';

const base = newDelivery({
  id: 'ntf_1',
  fingerprint: '',
  customerId: 'ada',
  point: 'email:ada@example.org',
  channel: 'email',
  messageClass: 'service',
  topic: '',
  department: '',
  kind: '',
  aboutId: '',
  conversationId: '',
  issueId: '',
  createdAt: 0,
  content: { templateId: '', templateVersion: 0, language: 'en', subject: 'Hi', text: 'Hi', html: '' },
  zones: [],
});
const inState = (state: DeliveryState): Delivery => ({ ...base, state });
const report = (state: Report['state'], code = ''): Report => ({ state, at: 1, code, detail: '', providerId: '' });

it.each<[DeliveryState, Report['state'], DeliveryState]>([
  ['queued', 'sent', 'sent'],
  ['unknown', 'sent', 'sent'],
  ['sending', 'delivered', 'delivered'],
  ['sent', 'queued', 'sent'],
  ['delivered', 'sent', 'delivered'],
  ['delivered', 'failed', 'delivered'],
  ['delivered', 'bounced', 'bounced'],
  ['bounced', 'delivered', 'bounced'],
  ['failed', 'sent', 'failed'],
  ['read', 'bounced', 'read'],
  ['read', 'complained', 'complained'],
  ['refused', 'sent', 'refused'],
  ['held', 'delivered', 'held'],
])('%s, then %s: %s', (state, told, expected) => {
  expect(applyReport(inState(state), report(told)).state).toBe(expected);
});

it('a report that says nothing new changes nothing at all', () => {
  const delivered = inState('delivered');
  expect(applyReport(delivered, report('sent'))).toBe(delivered);
});

it('the outcome does not depend on the order or on repetitions', () => {
  const states: Report['state'][] = ['queued', 'sent', 'delivered', 'read', 'bounced', 'complained'];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...states), { minLength: 1, maxLength: 8 }), fc.integer(), (told, seed) => {
      const shuffled = told.map((state, i) => ({ state, key: Math.sin(seed + i * 7) })).sort((a, b) => a.key - b.key);
      const end = (list: Report['state'][]) =>
        list.reduce((now, state) => applyReport(now, report(state)), inState('queued')).state;
      return end(told) === end(shuffled.map(({ state }) => state)) && end(told) === end([...told, ...told]);
    }),
  );
});

it.each<[Report, string | undefined]>([
  [report('bounced', '5.1.1'), 'hard_bounce'],
  [report('bounced', '550'), 'hard_bounce'],
  [report('bounced', '4.2.2'), undefined],
  [report('bounced', '53'), undefined],
  [report('complained'), 'complaint'],
  [report('failed', '5.1.1'), undefined],
])('%o suppresses: %s', (told, reason) => {
  expect(suppressionOf(told)).toBe(reason);
});
