import fc from 'fast-check';
import type { Load } from '../src/domain/capacity';
import { costOf, hasRoom, roomFor } from '../src/domain/capacity';
import type { AgentState } from '../src/domain/presence';
import { decidePresence, decideTake, evolveAgent, newAgentState } from '../src/domain/presence';
import type { Agent } from '../src/domain/setup';
import type { WorkCommand, WorkEvent, WorkItem } from '../src/domain/work-item';
import { decide, evolve, isOpen, offerIdOf, workOfOffer } from '../src/domain/work-item';

const placement = { queueId: 'q', policyId: 'p', policyVersion: 1, ruleName: 'r', passedRules: [] };
const queued: WorkEvent = {
  type: 'queued',
  at: 1_000,
  placement,
  fixedQueueId: '',
  preferredAgentId: '',
  origin: {
    id: 'w',
    tenantId: 't',
    conversationId: 'c',
    contactPoint: '',
    channel: 'chat',
    priority: 'NORMAL',
    subject: '',
    language: '',
    topic: '',
    attributes: {},
    arrivedAt: 500,
  },
};

const handover = { issue: 'i', tried: 't', promised: 'nothing', nextStep: 'n' };

// The model: what a person would keep on a sheet of paper.
interface Sheet {
  state: WorkItem['state'];
  agent: string;
  offers: number;
  expires: number;
  left: string[];
}

const anyCommand = (now: number, offer: string) =>
  fc.oneof(
    fc.constantFrom('a', 'b').map(
      (agentId): WorkCommand => ({
        type: 'offer',
        at: now,
        agentId,
        expiresAt: now + 20,
        decisionId: '',
        explanation: '',
      }),
    ),
    fc.constantFrom(offer, 'w~99').map((offerId): WorkCommand => ({ type: 'accept', at: now, offerId })),
    fc.constantFrom(offer, 'w~99').map((offerId): WorkCommand => ({ type: 'decline', at: now, offerId, reason: 'x' })),
    fc.constant<WorkCommand>({ type: 'expire', at: now }),
    fc.constant<WorkCommand>({ type: 'withdraw', at: now, reason: 'x' }),
    fc
      .constantFrom(0, 5)
      .map((wrapUpSeconds): WorkCommand => ({ type: 'complete', at: now, reason: 'x', wrapUpSeconds })),
    fc.constant<WorkCommand>({ type: 'end_wrap_up', at: now }),
    fc.constantFrom('CUSTOMER_LEFT', 'x').map((reason): WorkCommand => ({ type: 'cancel', at: now, reason })),
    fc.constant<WorkCommand>({
      type: 'transfer',
      at: now,
      placement: { ...placement, queueId: 'q2' },
      toAgentId: '',
      reason: 'x',
      handover,
    }),
    fc.constant<WorkCommand>({
      type: 'transfer',
      at: now,
      placement,
      toAgentId: '',
      reason: 'x',
      handover: { ...handover, promised: ' ' },
    }),
    fc.constant<WorkCommand>({ type: 'move', at: now, placement, toAgentId: '', reason: 'x', handover }),
  );

const expected = (sheet: Sheet, item: WorkItem, command: WorkCommand): string | Sheet => {
  const open = sheet.state === 'OFFERED';
  const mine = 'offerId' in command && command.offerId === offerIdOf('w', sheet.offers);
  const waits = { ...sheet, state: 'QUEUED' as const, agent: '' };
  switch (command.type) {
    case 'offer':
      if (sheet.state !== 'QUEUED') return 'WORK_ITEM_NOT_WAITING';
      return {
        ...sheet,
        state: 'OFFERED',
        agent: command.agentId,
        offers: sheet.offers + 1,
        expires: command.expiresAt,
      };
    case 'accept':
      if (mine && item.answeredAt > 0 && !open && sheet.state !== 'QUEUED' && sheet.agent) return sheet;
      if (!open || !mine) return 'OFFER_NOT_OPEN';
      if (command.at >= sheet.expires) return 'OFFER_EXPIRED';
      return { ...sheet, state: 'ASSIGNED', left: [...sheet.left, 'answered'] };
    case 'decline':
      if (!open || !mine) return 'OFFER_NOT_OPEN';
      return command.at >= sheet.expires ? 'OFFER_EXPIRED' : waits;
    case 'expire':
      return open && command.at >= sheet.expires ? waits : sheet;
    case 'withdraw':
      return open ? waits : sheet;
    case 'complete':
      if (sheet.state === 'WRAP_UP') return { ...sheet, state: 'COMPLETED' };
      if (sheet.state === 'COMPLETED') return sheet;
      if (sheet.state !== 'ASSIGNED') return 'WORK_ITEM_NOT_ASSIGNED';
      return { ...sheet, state: command.wrapUpSeconds > 0 ? 'WRAP_UP' : 'COMPLETED' };
    case 'end_wrap_up':
      return sheet.state === 'WRAP_UP' && command.at >= item.wrapUpUntil ? { ...sheet, state: 'COMPLETED' } : sheet;
    case 'cancel':
      if (sheet.state === 'CANCELLED') return sheet;
      if (sheet.state !== 'QUEUED' && !open) return 'WORK_ITEM_IN_HAND';
      return {
        ...waits,
        state: 'CANCELLED',
        left: [...sheet.left, command.reason === 'CUSTOMER_LEFT' ? 'abandoned' : 'flow_out'],
      };
    case 'transfer':
      if (sheet.state !== 'ASSIGNED') return 'WORK_ITEM_NOT_ASSIGNED';
      return command.handover.promised.trim() === '' ? 'HANDOVER_INCOMPLETE' : waits;
    case 'move':
      return sheet.state === 'QUEUED' ? { ...sheet, left: [...sheet.left, 'flow_out'] } : sheet;
    default:
      return sheet;
  }
};

const tried = (item: WorkItem, command: WorkCommand): string | WorkEvent[] => {
  try {
    return decide(item, command);
  } catch (error) {
    return (error as { reason: string }).reason;
  }
};

describe('offers', () => {
  it('go the way of the model through any commands, and keep the age', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 15 }), { minLength: 1, maxLength: 40 }), fc.gen(), (gaps, gen) => {
        let item = evolve(undefined, queued);
        let sheet: Sheet = { state: 'QUEUED', agent: '', offers: 0, expires: 0, left: [] };
        let now = 1_000;
        for (const gap of gaps) {
          now += gap;
          const command = gen(anyCommand, now, offerIdOf('w', sheet.offers));
          const want = expected(sheet, item, command);
          const got = tried(item, command);
          if (typeof want === 'string') {
            expect(got).toBe(want);
            continue;
          }
          for (const event of got as WorkEvent[]) item = evolve(item, event);
          sheet = want;
          expect(item).toMatchObject({ state: sheet.state, offerCount: sheet.offers, arrivedAt: 500 });
          expect(item.agentId).toBe(sheet.state === 'CANCELLED' ? '' : sheet.agent);
          expect(item.stays.flatMap(({ result }) => result || [])).toEqual(sheet.left);
          // Said again at the same moment, nothing more happens.
          const again = tried(item, command);
          if (!['offer', 'complete', 'move'].includes(command.type) && Array.isArray(again)) expect(again).toEqual([]);
          // Whoever waits stands in exactly one queue.
          expect(item.stays.filter(({ leftAt }) => leftAt === 0)).toHaveLength(
            item.state === 'QUEUED' || item.state === 'OFFERED' ? 1 : 0,
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it('names the work of an offer', () => {
    expect(workOfOffer(offerIdOf('a~b', 3))).toBe('a~b');
    expect(workOfOffer('nothing')).toBe('');
    expect(isOpen(evolve(undefined, queued))).toBe(true);
  });
});

const agent: Agent = {
  id: 'a',
  name: '',
  teamId: '',
  queueIds: ['q'],
  skills: [],
  capacityUnits: 100,
  channelCosts: {},
  interruptions: [],
  version: 1,
};

const load = (workItemId: string, channel: string, since: number): Omit<Load, 'units'> => ({
  workItemId,
  conversationId: '',
  channel,
  subject: '',
  state: 'OFFERED',
  offerId: `${workItemId}~1`,
  offerExpiresAt: since + 20_000,
  since,
});

describe('presence and hands', () => {
  const at = (state: AgentState, now: number, to: AgentState['presence'], reason = '') =>
    decidePresence(state, { at: now, to, reason, setBy: 'x' }).reduce(
      (before, event) => evolveAgent(before, event),
      state,
    );

  it('a short break, a short contact and a declined offer move nobody in line; real work and long breaks do', () => {
    const ready = at(newAgentState('t', 'a', 0), 1_000, 'AVAILABLE');
    expect(ready.idleSince).toBe(1_000);
    const flicker = at(at(ready, 50_000, 'NOT_READY', 'break'), 100_000, 'AVAILABLE');
    expect(flicker.idleSince).toBe(1_000);
    expect(at(at(ready, 50_000, 'NOT_READY', 'break'), 110_000, 'AVAILABLE').idleSince).toBe(110_000);
    expect(at(at(ready, 50_000, 'NOT_READY', 'no_answer'), 51_000, 'AVAILABLE').idleSince).toBe(51_000);
    expect(at(at(ready, 50_000, 'OFFLINE'), 51_000, 'AVAILABLE').idleSince).toBe(51_000);
    const release = (handledMs: number) =>
      evolveAgent(ready, { type: 'released', at: 60_000, workItemId: 'w', handledMs }).idleSince;
    expect([release(0), release(9_999), release(10_000)]).toEqual([1_000, 1_000, 60_000]);
    expect(decidePresence(ready, { at: 2_000, to: 'AVAILABLE', reason: '', setBy: 'x' })).toEqual([]);
  });

  it('never carries more than fits, whatever is tried', () => {
    const channel = fc.constantFrom('voice', 'chat', 'email', 'sms', 'fax');
    const step = fc.oneof(
      fc.record({ take: channel }),
      fc.record({ drop: fc.nat({ max: 9 }) }),
      fc.record({ go: fc.constantFrom('AVAILABLE' as const, 'OFFLINE' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let state = newAgentState('t', 'a', 0);
        steps.forEach((one, i) => {
          if ('go' in one) state = at(state, i, one.go);
          else if ('drop' in one) {
            const workItemId = state.load[one.drop]?.workItemId;
            if (workItemId) state = evolveAgent(state, { type: 'released', at: i, workItemId, handledMs: 0 });
          } else {
            // The rule by hand: mail does not stand in the way of a call, everything else does.
            const inTheWay = state.load.reduce(
              (sum, { channel: active, units }) => sum + (active === 'email' && one.take === 'voice' ? 0 : units),
              0,
            );
            const fits = state.presence === 'AVAILABLE' && inTheWay + costOf(agent, one.take) <= 100;
            const take = () => decideTake(state, agent, load(`w${i}`, one.take, i));
            if (fits) state = take().reduce((before, event) => evolveAgent(before, event), state);
            else expect(take).toThrow(expect.objectContaining({ name: 'Refusal' }));
          }
        });
        const calls = state.load.filter((entry) => entry.channel === 'voice').length;
        expect(calls).toBeLessThanOrEqual(1);
        const channels = ['voice', 'chat', 'email', 'sms', 'fax'];
        expect(roomFor(agent, state.load, channels)).toEqual(channels.filter((one) => hasRoom(agent, state.load, one)));
        expect(hasRoom(agent, state.load, 'chat')).toBe(state.load.reduce((sum, { units }) => sum + units, 0) <= 70);
      }),
      { numRuns: 500 },
    );
  });
});
