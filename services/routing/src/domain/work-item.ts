import { Refusal } from '@throughline/core';
import type { Callback } from './callback';
import { afterMiss, NOT_REACHED } from './callback';
import type { Handover } from './handover';
import { checkHandover } from './handover';
import type { Verdict } from './plan';
import type { Priority } from './setup';
import type { ToldWait } from './told';
import { missedBy, toldAlready, withTold } from './told';

export type WorkState = 'QUEUED' | 'OFFERED' | 'ASSIGNED' | 'WRAP_UP' | 'COMPLETED' | 'CANCELLED';

/** One stay in a queue: the raw fact of every report. */
export interface Stay {
  queueId: string;
  enteredAt: number;
  leftAt: number;
  result: '' | 'answered' | 'abandoned' | 'flow_out';
}

/** Where the work comes from and what it is about; never changes. */
export interface Origin {
  id: string;
  tenantId: string;
  conversationId: string;
  contactPoint: string;
  channel: string;
  priority: Priority;
  subject: string;
  language: string;
  topic: string;
  attributes: Record<string, string>;
  arrivedAt: number;
  /** Thread on the channel, by which its adapter can be told to do something. */
  threadKey?: string | undefined;
  /** Our own address that the customer reached. */
  destination?: string | undefined;
}

/** Which rule it waits by. */
export interface Placement {
  queueId: string;
  policyId: string;
  policyVersion: number;
  ruleName: string;
  /** Rules before it, and why they did not apply. */
  passedRules: Verdict[];
}

export interface WorkItem extends Origin, Placement {
  state: WorkState;
  /** Only rules of this queue count: it was named, overflowed to or transferred to. */
  fixedQueueId: string;
  queuedAt: number;
  /** When it began to wait by its rule, if that was in an earlier queue: a target led it on. */
  ruledAt?: number | undefined;
  relaxationSteps: number;
  preferredAgentId: string;
  agentId: string;
  offerId: string;
  offeredAt: number;
  offerExpiresAt: number;
  decisionId: string;
  offerCount: number;
  transferCount: number;
  answeredAt: number;
  handledAt: number;
  wrapUpUntil: number;
  endedAt: number;
  endReason: string;
  /** Who let it go a moment ago, and until when they are not asked again. */
  passedBy: { agentId: string; until: number }[];
  stays: Stay[];
  /** Left by whoever passed it on last. */
  handover?: Handover | undefined;
  /** Number of the last event of its conversation that began or moved it: that and earlier ones count no more. */
  heard?: number | undefined;
  /** Number of the last escalation of its conversation's clocks that was acted on. */
  escalated?: number | undefined;
  /** What the customer was told of the wait. */
  waits?: ToldWait[] | undefined;
  /** When something was announced last. */
  noticedAt?: number | undefined;
  callback?: Callback | undefined;
  /** They were told that they can be called back. */
  callbackOffered?: boolean | undefined;
  /** What makes it hard beside its kind: somebody said so. */
  hardSigns?: string[] | undefined;
}

/** Where work goes, and what goes with it. */
interface Passing {
  placement: Placement;
  toAgentId: string;
  reason: string;
  handover: Handover;
  heard?: number | undefined;
}

/** Of a move that was not the rule's overflow: what asked for it. */
interface Moved {
  /** Number of the escalation. */
  escalated?: number | undefined;
  reason?: string | undefined;
  /** Its rule leads it on, or a new version of its policy: the times of the rule go on, and no queue becomes fixed. */
  within?: boolean | undefined;
}

export type WorkEvent =
  | {
      type: 'queued';
      at: number;
      origin: Origin;
      placement: Placement;
      fixedQueueId: string;
      preferredAgentId: string;
      handover?: Handover | undefined;
      heard?: number | undefined;
    }
  | { type: 'relaxed'; at: number; steps: number; detail: string }
  | ({ type: 'overflowed'; at: number; from: string; placement: Placement } & Moved)
  | {
      type: 'placed';
      at: number;
      placement: Placement;
      priority?: Priority | undefined;
      heard?: number | undefined;
      escalated?: number | undefined;
    }
  | {
      type: 'offered';
      at: number;
      agentId: string;
      offerId: string;
      expiresAt: number;
      decisionId: string;
      explanation: string;
    }
  | { type: 'signed'; at: number; sign: string }
  | { type: 'accepted'; at: number; connectTo?: string | undefined }
  | { type: 'wait_told'; at: number; told: ToldWait; text: string; callbackOffered?: boolean | undefined }
  | { type: 'estimate_missed'; at: number; missed: ToldWait[] }
  | { type: 'callback_requested'; at: number; callback: Callback }
  | { type: 'not_reached'; at: number; callback: Callback }
  | { type: 'declined'; at: number; reason: string; until: number }
  | { type: 'not_connected'; at: number; until: number }
  | { type: 'timed_out'; at: number }
  | { type: 'withdrawn'; at: number; reason: string }
  | { type: 'handled'; at: number; reason: string; wrapUpUntil: number; hard?: true; byConversation?: true }
  | { type: 'completed'; at: number; hard?: true }
  | { type: 'cancelled'; at: number; reason: string }
  | ({ type: 'transferred'; at: number } & Passing);

export type WorkCommand =
  | { type: 'relax'; at: number; steps: number; detail: string }
  | ({ type: 'overflow'; at: number; placement: Placement } & Moved)
  | { type: 'offer'; at: number; agentId: string; expiresAt: number; decisionId: string; explanation: string }
  /** `connectTo`: address of the agent to whom a call is connected. */
  | { type: 'accept'; at: number; offerId: string; connectTo?: string | undefined }
  | { type: 'tell'; at: number; told: ToldWait; text: string; callbackOffered?: boolean | undefined }
  | { type: 'check_told'; at: number }
  | { type: 'request_callback'; at: number; callback: Callback }
  | { type: 'decline'; at: number; offerId: string; reason: string }
  /** The agent had accepted, and the call could not be connected to them. */
  | { type: 'not_connected'; at: number; offerId: string }
  | { type: 'expire'; at: number }
  | { type: 'withdraw'; at: number; reason: string }
  /** `hard`: the agent says that it was; `byConversation`: its conversation ended it, not the agent. */
  | {
      type: 'complete';
      at: number;
      reason: string;
      wrapUpSeconds: number;
      hard?: boolean | undefined;
      byConversation?: boolean | undefined;
    }
  | { type: 'end_wrap_up'; at: number }
  | { type: 'cancel'; at: number; reason: string }
  | ({ type: 'transfer'; at: number } & Passing)
  /** Work that waits goes elsewhere: its conversation was passed on. */
  | ({ type: 'move'; at: number } & Passing);

/** How long somebody who declined is not asked again. */
const PASSED_MS = 60_000;
export const CUSTOMER_LEFT = 'CUSTOMER_LEFT';
/** Why an offer is taken back from who leaves. */
export const WENT_OFFLINE = 'agent went offline';
/** Sign of a contact that its agent found hard. */
const MARKED = 'said by the agent';

/** Since when it waits by its rule. */
export const ruledSince = ({ ruledAt, queuedAt }: WorkItem): number => ruledAt ?? queuedAt;
export const isOpen = ({ state }: WorkItem): boolean => state !== 'COMPLETED' && state !== 'CANCELLED';
export const offerIdOf = (id: string, count: number): string => `${id}~${count}`;
/** The work an offer is for. */
export const workOfOffer = (offerId: string): string => offerId.slice(0, Math.max(0, offerId.lastIndexOf('~')));

/** The command that connects a call to whoever accepted an offer. */
export const connectCommandId = (offerId: string): string => `${offerId}/connect`;
/** The offer whose connection a command asks for; undefined for other commands. */
export const offerOfConnect = (commandId: string): string | undefined => /^(.+)\/connect$/.exec(commandId)?.[1];

const refuse = (reason: string, message: string): never => {
  throw new Refusal('precondition', reason, message);
};

const standingOffer = (item: WorkItem, offerId: string, at: number): void => {
  if (item.offerId !== offerId || item.state !== 'OFFERED') refuse('OFFER_NOT_OPEN', `offer ${offerId} is not open`);
  if (at >= item.offerExpiresAt)
    refuse('OFFER_EXPIRED', `offer ${offerId} was open until ${new Date(item.offerExpiresAt).toISOString()}`);
};

/** What a command makes of work. Said again, it makes nothing more. */
export const decide = (item: WorkItem, command: WorkCommand): WorkEvent[] => {
  const { at } = command;
  const { state } = item;
  switch (command.type) {
    case 'relax':
      return state === 'QUEUED' && command.steps > item.relaxationSteps ? [{ ...command, type: 'relaxed' }] : [];
    case 'overflow':
      return state === 'QUEUED' ? [{ ...command, type: 'overflowed', from: item.queueId }] : [];
    case 'offer': {
      if (state !== 'QUEUED') refuse('WORK_ITEM_NOT_WAITING', `work item ${item.id} does not wait`);
      return [{ offerId: offerIdOf(item.id, item.offerCount + 1), ...command, type: 'offered' }];
    }
    case 'accept': {
      const had = item.offerId === command.offerId && item.answeredAt > 0 && state !== 'QUEUED' && state !== 'OFFERED';
      if (had) return [];
      standingOffer(item, command.offerId, at);
      return [{ type: 'accepted', at, ...(command.connectTo ? { connectTo: command.connectTo } : {}) }];
    }
    case 'decline': {
      standingOffer(item, command.offerId, at);
      return [{ type: 'declined', at, reason: command.reason, until: at + PASSED_MS }];
    }
    case 'not_connected':
      return state === 'ASSIGNED' && item.offerId === command.offerId
        ? [{ type: 'not_connected', at, until: at + PASSED_MS }]
        : [];
    case 'expire':
      return state === 'OFFERED' && at >= item.offerExpiresAt ? [{ type: 'timed_out', at }] : [];
    case 'withdraw':
      return state === 'OFFERED' ? [{ type: 'withdrawn', at, reason: command.reason }] : [];
    case 'complete': {
      const hard = command.hard ? ({ hard: true } as const) : {};
      if (state === 'WRAP_UP') return [{ type: 'completed', at, ...hard }];
      if (state === 'COMPLETED') return [];
      if (state !== 'ASSIGNED') refuse('WORK_ITEM_NOT_ASSIGNED', `nobody has work item ${item.id} in hand`);
      const again = item.callback && command.reason === NOT_REACHED ? afterMiss(item.callback, at) : undefined;
      if (again) return [{ type: 'not_reached', at, callback: again }];
      const wrapUpUntil = command.wrapUpSeconds > 0 ? at + command.wrapUpSeconds * 1000 : 0;
      const by = command.byConversation ? ({ byConversation: true } as const) : {};
      const handled: WorkEvent = { type: 'handled', at, reason: command.reason, wrapUpUntil, ...hard, ...by };
      return wrapUpUntil > 0 ? [handled] : [handled, { type: 'completed', at }];
    }
    case 'end_wrap_up':
      return state === 'WRAP_UP' && at >= item.wrapUpUntil ? [{ type: 'completed', at }] : [];
    case 'cancel': {
      if (state === 'CANCELLED') return [];
      if (state !== 'QUEUED' && state !== 'OFFERED') {
        refuse('WORK_ITEM_IN_HAND', `work item ${item.id} is ${state.toLowerCase()}, complete or transfer it`);
      }
      return [{ type: 'cancelled', at, reason: command.reason }];
    }
    case 'transfer': {
      if (state !== 'ASSIGNED') refuse('WORK_ITEM_NOT_ASSIGNED', `nobody has work item ${item.id} in hand`);
      checkHandover(command.handover);
      return [{ ...command, type: 'transferred' }];
    }
    case 'tell':
      return state === 'QUEUED' && !toldAlready(item.waits ?? [], command.told)
        ? [{ ...command, type: 'wait_told' }]
        : [];
    case 'check_told': {
      if (state !== 'QUEUED') return [];
      const missed = missedBy(item.waits ?? [], item.queuedAt, at);
      return missed.length > 0 ? [{ type: 'estimate_missed', at, missed }] : [];
    }
    case 'request_callback':
      if (state !== 'QUEUED') refuse('WORK_ITEM_NOT_WAITING', `work item ${item.id} is ${state.toLowerCase()}`);
      return [{ ...command, type: 'callback_requested' }];
    case 'move':
      return state === 'QUEUED' ? [{ ...command, type: 'transferred' }] : [];
  }
};

const leave = (item: WorkItem, at: number, result: Stay['result']): Stay[] =>
  item.stays.map((stay, i) =>
    // A clock that was set back makes no wait shorter than none.
    i === item.stays.length - 1 && stay.leftAt === 0 ? { ...stay, leftAt: Math.max(at, stay.enteredAt), result } : stay,
  );

const enter = (stays: Stay[], queueId: string, at: number): Stay[] => [
  ...stays,
  { queueId, enteredAt: at, leftAt: 0, result: '' },
];

const unoffered = { state: 'QUEUED' as const, agentId: '', offerId: '', offeredAt: 0, offerExpiresAt: 0 };

// Written out: put together from spread parts, an object of this size costs fifty microseconds instead of a tenth of one.
const first = ({ at, origin, placement, ...event }: WorkEvent & { type: 'queued' }): WorkItem => ({
  id: origin.id,
  tenantId: origin.tenantId,
  conversationId: origin.conversationId,
  contactPoint: origin.contactPoint,
  channel: origin.channel,
  priority: origin.priority,
  subject: origin.subject,
  language: origin.language,
  topic: origin.topic,
  attributes: origin.attributes,
  arrivedAt: origin.arrivedAt,
  threadKey: origin.threadKey,
  destination: origin.destination,
  queueId: placement.queueId,
  policyId: placement.policyId,
  policyVersion: placement.policyVersion,
  ruleName: placement.ruleName,
  passedRules: placement.passedRules,
  state: 'QUEUED',
  agentId: '',
  offerId: '',
  offeredAt: 0,
  offerExpiresAt: 0,
  fixedQueueId: event.fixedQueueId,
  preferredAgentId: event.preferredAgentId,
  queuedAt: at,
  relaxationSteps: 0,
  decisionId: '',
  offerCount: 0,
  transferCount: 0,
  answeredAt: 0,
  handledAt: 0,
  wrapUpUntil: 0,
  endedAt: 0,
  endReason: '',
  passedBy: [],
  stays: enter([], placement.queueId, at),
  handover: event.handover,
  heard: event.heard || undefined,
});

const signed = ({ hardSigns = [] }: WorkItem, sign: string): string[] => [...new Set([...hardSigns, sign])];

/** Work after an event. */
export const evolve = (item: WorkItem | undefined, event: WorkEvent): WorkItem => {
  if (event.type === 'queued') return first(event);
  if (!item) throw new Error(`${event.type} of work that does not exist`);
  const { at } = event;
  switch (event.type) {
    case 'relaxed':
      return { ...item, relaxationSteps: event.steps };
    case 'placed':
      return {
        ...item,
        ...event.placement,
        priority: event.priority ?? item.priority,
        heard: event.heard ?? item.heard,
        escalated: event.escalated ?? item.escalated,
      };
    case 'overflowed': {
      const stays = enter(leave(item, at, 'flow_out'), event.placement.queueId, at);
      const escalated = event.escalated ?? item.escalated;
      const moved = { ...item, ...event.placement, queuedAt: at, stays, escalated };
      if (event.within) return { ...moved, ruledAt: ruledSince(item) };
      return { ...moved, ruledAt: undefined, fixedQueueId: event.placement.queueId, relaxationSteps: 0 };
    }
    case 'offered':
      return {
        ...item,
        state: 'OFFERED',
        agentId: event.agentId,
        offerId: event.offerId,
        offeredAt: at,
        offerExpiresAt: event.expiresAt,
        decisionId: event.decisionId,
        offerCount: item.offerCount + 1,
      };
    case 'accepted':
      return { ...item, state: 'ASSIGNED', answeredAt: at, passedBy: [], stays: leave(item, at, 'answered') };
    case 'declined': {
      const others = item.passedBy.filter(({ agentId, until }) => agentId !== item.agentId && until > at);
      return { ...item, ...unoffered, passedBy: [...others, { agentId: item.agentId, until: event.until }] };
    }
    case 'not_connected': {
      // It was never answered: the wait goes on as if nobody had accepted, at the original age.
      const stays = item.stays.map((stay, i) =>
        i === item.stays.length - 1 ? { ...stay, leftAt: 0, result: '' as const } : stay,
      );
      const passedBy = [{ agentId: item.agentId, until: event.until }];
      return { ...item, ...unoffered, answeredAt: 0, passedBy, stays };
    }
    case 'timed_out':
    case 'withdrawn':
      return { ...item, ...unoffered };
    case 'wait_told':
      return {
        ...item,
        waits: withTold(item.waits ?? [], event.told),
        ...(event.told.announced ? { noticedAt: at } : {}),
        ...(event.callbackOffered ? { callbackOffered: true } : {}),
      };
    case 'estimate_missed': {
      const over = new Set(event.missed.map((told) => told.at));
      const waits = (item.waits ?? []).map((told) =>
        over.has(told.at) && told.missedAt === 0 ? { ...told, missedAt: at } : told,
      );
      return { ...item, waits };
    }
    case 'signed':
      return { ...item, hardSigns: signed(item, event.sign) };
    case 'callback_requested':
      return { ...item, channel: 'callback', callback: event.callback };
    case 'not_reached':
      // The next attempt waits at the original age.
      return {
        ...item,
        ...unoffered,
        callback: event.callback,
        answeredAt: 0,
        queuedAt: at,
        ruledAt: undefined,
        relaxationSteps: 0,
        stays: enter(item.stays, item.queueId, at),
      };
    case 'handled':
      return {
        ...item,
        state: 'WRAP_UP',
        handledAt: at,
        wrapUpUntil: event.wrapUpUntil,
        endReason: event.reason,
        hardSigns: event.hard ? signed(item, MARKED) : item.hardSigns,
      };
    case 'completed':
      return {
        ...item,
        state: 'COMPLETED',
        endedAt: at,
        hardSigns: event.hard ? signed(item, MARKED) : item.hardSigns,
      };
    case 'cancelled': {
      const result = event.reason === CUSTOMER_LEFT ? 'abandoned' : 'flow_out';
      return {
        ...item,
        ...unoffered,
        state: 'CANCELLED',
        endedAt: at,
        endReason: event.reason,
        stays: leave(item, at, result),
      };
    }
    case 'transferred':
      return {
        ...item,
        ...unoffered,
        ...event.placement,
        fixedQueueId: event.placement.queueId,
        preferredAgentId: event.toAgentId,
        queuedAt: at,
        ruledAt: undefined,
        relaxationSteps: 0,
        answeredAt: 0,
        transferCount: item.transferCount + 1,
        // Whoever passes it on is not the one it comes back to at once.
        passedBy: item.agentId ? [{ agentId: item.agentId, until: at + PASSED_MS }] : [],
        stays: enter(leave(item, at, 'flow_out'), event.placement.queueId, at),
        handover: event.handover,
        heard: event.heard ?? item.heard,
      };
  }
};
