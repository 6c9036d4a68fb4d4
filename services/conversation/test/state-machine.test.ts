import { Refusal } from '@throughline/core';
import fc from 'fast-check';
import type { Command } from '../src/domain/commands';
import type { Conversation, Message } from '../src/domain/conversation';
import { dueAt, exists, initial, isHere } from '../src/domain/conversation';
import { decide } from '../src/domain/decide';
import { isPublic } from '../src/domain/events';
import { evolve, evolveAll } from '../src/domain/evolve';
import { eventsOf, textOf } from '../src/outbound/entry-document';

const day = 86_400_000;
const policy = { reopenWindowMs: 7 * day, autoCloseMs: 4 * day, requiredOnSolve: ['wrap_up_code'] };
const agent = { kind: 'AGENT' as const, id: 'a1', name: 'Bob' };
const customer = { kind: 'CUSTOMER' as const, id: 'email:ada@example.org', name: 'Ada' };

const message = (id: string, kind: Message['kind'], extra: Partial<Message> = {}): Message => ({
  id,
  kind,
  author: kind === 'INBOUND' ? customer : agent,
  channel: 'email',
  subject: '',
  text: 'text',
  html: '',
  attachments: [],
  at: 0,
  messageClass: 'NORMAL',
  automatic: false,
  mentions: [],
  mailId: '',
  position: 0,
  ...extra,
});

const openCommand: Command = {
  type: 'open',
  at: 1,
  actor: customer,
  channel: 'email',
  contactPoint: 'email:ada@example.org',
  customerName: 'Ada',
  subject: 'Order',
  baseSubject: 'order',
  language: '',
  destination: 'help@shop.example',
  threadKey: 't',
  priority: 'NORMAL',
  previousId: '',
  suggestedId: '',
  issueId: '',
  topic: '',
  tags: [],
  attributes: {},
  reason: 'customer_contact',
  acknowledge: true,
};

const id = fc.integer({ min: 0, max: 30 }).map(String);
const reason = fc.constantFrom('', 'because');
const by = fc.constantFrom(agent, customer);
type Make = (at: number) => Command;
const commands: fc.Arbitrary<Make> = fc.oneof(
  fc.record({ id, thanks: fc.boolean(), auto: fc.boolean() }).map(
    ({ id: name, thanks, auto }): Make =>
      (at) => ({
        type: 'receive',
        at,
        actor: customer,
        message: message(`in-${name}-${at}`, 'INBOUND', { at, messageClass: auto ? 'AUTO_REPLY' : 'NORMAL' }),
        thanks,
        policy,
      }),
  ),
  fc.constantFrom('', 'OPEN', 'ON_HOLD', 'SOLVED', 'PENDING').map(
    (thenState): Make =>
      (at) => ({
        type: 'send',
        at,
        actor: agent,
        message: message(`out-${at}`, 'OUTBOUND', { at }),
        thenState: thenState as '',
        wrapUpCode: 'done',
        policy,
      }),
  ),
  fc.record({ type: fc.constantFrom('hold', 'await_customer', 'close'), actor: by, reason }).map(
    (part): Make =>
      (at) =>
        ({ ...part, at }) as Command,
  ),
  fc.record({ wrapUpCode: fc.constantFrom('', 'done'), actor: by, reason }).map(
    (part): Make =>
      (at) => ({ type: 'solve', at, policy, ...part }),
  ),
  fc.record({ actor: by, reason }).map(
    (part): Make =>
      (at) => ({ type: 'reopen', at, policy, ...part }),
  ),
  fc.integer({ min: -day, max: 3 * day }).map(
    (ahead): Make =>
      (at) => ({ type: 'snooze', at, actor: agent, until: at + ahead, reason: '' }),
  ),
  fc.constant((at: number): Command => ({ type: 'check', at, actor: agent })),
  fc.constant(
    (at: number): Command => ({
      type: 'acknowledge',
      at,
      actor: agent,
      outcome: 'acknowledged',
      message: message('ack', 'OUTBOUND', { automatic: true, at }),
    }),
  ),
  fc.constant(
    (at: number): Command => ({ type: 'add_note', at, actor: agent, message: message(`note-${at}`, 'NOTE', { at }) }),
  ),
  fc.bigInt({ min: 0n, max: 4n }).map(
    (revision): Make =>
      (at) => ({ type: 'save_draft', at, actor: agent, text: 'draft', baseRevision: Number(revision) }),
  ),
  fc.constant((at: number): Command => ({ type: 'link_issue', at, actor: agent, issueId: 'i1' })),
  fc.constant(
    (at: number): Command => ({ type: 'merge', at, actor: agent, into: 'other', messageIds: [], reason: '' }),
  ),
  fc.constantFrom('DELIVERED', 'SENT', 'BOUNCED', 'READ').map(
    (state): Make =>
      (at) => ({
        type: 'report_delivery',
        at,
        actor: agent,
        messageId: 'ack',
        state: state as 'SENT',
        code: '',
        detail: '',
      }),
  ),
);

const legal: Record<string, string[]> = {
  NEW: ['OPEN', 'PENDING', 'ON_HOLD', 'SOLVED', 'CLOSED'],
  OPEN: ['PENDING', 'ON_HOLD', 'SOLVED', 'CLOSED'],
  PENDING: ['OPEN', 'ON_HOLD', 'SOLVED', 'CLOSED'],
  ON_HOLD: ['OPEN', 'PENDING', 'SOLVED', 'CLOSED'],
  SOLVED: ['OPEN', 'CLOSED', 'PENDING', 'ON_HOLD'],
  CLOSED: [],
};

const deliveryRank = ['QUEUED', 'SENT', 'DELIVERED', 'READ', 'FAILED', 'BOUNCED', 'COMPLAINED'];

/** A plain model beside the machine: what must be true whatever happens. */
const checkStep = (before: Conversation, command: Command, after: Conversation): void => {
  if (before.state !== after.state) expect(legal[before.state]).toContain(after.state);
  if (before.state === 'CLOSED') expect(after.state).toBe('CLOSED');
  // Only merging closes what was not solved first.
  if (after.state === 'CLOSED' && before.state !== 'CLOSED' && command.type !== 'merge')
    expect(before.state).toBe('SOLVED');
  if (after.state === 'CLOSED' || after.state === 'SOLVED') expect(after.snoozedUntil).toBe(0);
  if (after.state === 'SOLVED') expect(after.closeDueAt).toBe(after.solvedAt + policy.autoCloseMs);
  if (after.state === 'SOLVED') expect(after.wrapUpCode).not.toBe('');
  expect(after.closeDueAt > 0).toBe(after.state === 'SOLVED');
  if (before.mergedIntoId) expect(after.messageCount).toBeLessThanOrEqual(before.messageCount + 1);
  expect(after.deliveries.filter((delivery) => delivery.id === 'ack').length).toBeLessThanOrEqual(1);
  for (const delivery of before.deliveries) {
    const now = after.deliveries.find((one) => one.id === delivery.id);
    expect(deliveryRank.indexOf(now?.state ?? '')).toBeGreaterThanOrEqual(deliveryRank.indexOf(delivery.state));
  }
  if (command.type === 'receive' && !before.mergedIntoId) {
    expect(after.messageCount).toBe(before.messageCount + 1);
    const wakes = command.message.messageClass === 'NORMAL' && !(command.thanks && before.state === 'SOLVED');
    if (wakes && before.state !== 'CLOSED') expect(after.snoozedUntil).toBe(0);
    if (wakes && ['PENDING', 'ON_HOLD', 'SOLVED'].includes(before.state)) expect(after.state).toBe('OPEN');
    if (!wakes) expect(after.state).toBe(before.state);
  }
};

test('whatever is asked in whatever order, the rules hold, repeats change nothing and the log folds to the same state', () => {
  const step = fc.tuple(commands, fc.integer({ min: 1, max: 3 * day }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let state = evolveAll(initial('acme', 'c1'), decide(initial('acme', 'c1'), openCommand) as never);
      let replayed = state;
      let at = 1;
      for (const [make, later] of steps) {
        at += later;
        const command = make(at);
        const frozen = JSON.stringify(state);
        const decision = decide(state, command);
        expect(JSON.stringify(state)).toBe(frozen);
        if (decision instanceof Refusal) {
          expect(decision.reason).toMatch(/^[A-Z][A-Z_]+$/);
          continue;
        }
        const after = evolveAll(state, decision);
        expect(JSON.stringify(state)).toBe(frozen);
        expect(after.sequence).toBe(state.sequence + decision.filter(isPublic).length);
        for (const event of decision) expect(event.actor).toBeDefined();
        checkStep(state, command, after);
        for (const event of decision)
          for (const stored of eventsOf({ ch: textOf([event]) })) replayed = evolve(replayed, stored);
        state = after;
        expect(replayed).toEqual(state);
        // Transitions asked for twice are already so.
        if (
          ['hold', 'await_customer', 'close', 'reopen', 'solve', 'link_issue', 'check', 'acknowledge', 'open'].includes(
            command.type,
          )
        ) {
          const again = decide(state, command);
          expect(again instanceof Refusal ? [] : again).toEqual([]);
        }
        const due = dueAt(state);
        if (due > 0 && state.moves.length === 0) {
          const woken = decide(state, { type: 'check', at: due, actor: agent });
          expect(woken instanceof Refusal ? 0 : woken.length).toBeGreaterThan(0);
          expect(decide(state, { type: 'check', at: due - 1, actor: agent })).toEqual([]);
        }
      }
    }),
    { numRuns: 1000 },
  );
});

test('a conversation exists from its first event on', () => {
  const none = initial('acme', 'c1');
  expect(exists(none)).toBe(false);
  expect(exists(evolveAll(none, decide(none, openCommand) as never))).toBe(true);
});

test('a message that left and came back stands at its new place only', () => {
  const start = evolveAll(initial('acme', 'c1'), decide(initial('acme', 'c1'), openCommand) as never);
  const one = { ...message('m1', 'INBOUND'), position: 1 };
  let state = evolve(start, { type: 'message_received', at: 2, actor: customer, message: one });
  expect(isHere(state, one)).toBe(true);
  const move = decide(state, {
    type: 'move_out',
    at: 3,
    actor: agent,
    to: 'c2',
    messageIds: ['m1'],
    claims: [],
    reason: '',
  });
  state = evolveAll(state, move as never);
  expect(isHere(state, one)).toBe(false);
  const back = decide(state, {
    type: 'move_in',
    at: 4,
    actor: agent,
    from: 'c2',
    messages: [one],
    claims: [],
    reason: '',
  });
  state = evolveAll(state, back as never);
  expect(isHere(state, one)).toBe(false);
  expect(isHere(state, { id: 'm1', position: 2 })).toBe(true);
});
