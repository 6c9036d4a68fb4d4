/** What a step of the ladder does. */
export type GuardAction = 'WIDEN' | 'BORROW' | 'OFFER_CALLBACK' | 'ANNOUNCE';

export interface GuardStep {
  afterSeconds: number;
  action: GuardAction;
  queueIds: string[];
  widenSteps: number;
  texts: Record<string, string>;
}

/** A queue's ladder of actions, by the oldest wait. */
export interface Guard {
  steps: GuardStep[];
  releasePercent: number;
  holdSeconds: number;
  onlyBelowGoal: boolean;
}

/** How far up a queue's ladder is. */
export interface QueueState {
  id: string;
  tenantId: string;
  /** Steps that are taken. */
  taken: number;
  /** When the highest of them was taken. */
  takenAt: number;
  /** Since when waits are short enough to take it back; 0 when they are not. */
  lowSince: number;
}

/** A queue at one moment. */
export interface QueueNow {
  waiting: number;
  /** Oldest wait on the line; undefined when nobody waits. */
  oldestAt?: number | undefined;
  /** Share answered in time, 0 to 1. */
  serviceLevel?: number | undefined;
  target: number;
  thresholdSeconds: number;
}

export type QueueEvent = { at: number; waited: number; now: QueueNow } & (
  | { type: 'step_taken'; step: number; reason: string; detail: GuardStep }
  | { type: 'step_released'; step: number; reason: string; detail: GuardStep }
  | { type: 'low_since'; since: number }
);

export const newQueueState = (tenantId: string, id: string): QueueState => ({
  id,
  tenantId,
  taken: 0,
  takenAt: 0,
  lowSince: 0,
});

const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;

const levelInWords = ({ serviceLevel, target, thresholdSeconds }: QueueNow): string =>
  `${serviceLevel === undefined ? 'no service level yet' : `${percent(serviceLevel)} (SL-4)`} within ${thresholdSeconds} s, goal ${percent(target)}`;

const waitOf = ({ oldestAt }: QueueNow, at: number): number => (oldestAt === undefined ? 0 : (at - oldestAt) / 1000);

const mayRise = (guard: Guard, { serviceLevel, target }: QueueNow): boolean =>
  !guard.onlyBelowGoal || serviceLevel === undefined || serviceLevel < target;

const releaseBelow = (guard: Guard, taken: number): number =>
  ((guard.steps[taken - 1]?.afterSeconds ?? 0) * guard.releasePercent) / 100;

/**
 * Up as soon as the oldest wait reaches a step, several at once if need be; down one step at a time, and each only after
 * waits have been well below it for a while: so a queue at the edge does not switch to and fro.
 */
export const decideGuard = (state: QueueState, guard: Guard, now: QueueNow, at: number): QueueEvent[] => {
  const waited = waitOf(now, at);
  const base = { at, waited, now };
  const ladder = Math.min(state.taken, guard.steps.length);
  const events: QueueEvent[] = [];
  if (mayRise(guard, now)) {
    for (let next = ladder; next < guard.steps.length; next++) {
      const detail = guard.steps[next]!;
      if (now.oldestAt === undefined || waited < detail.afterSeconds) break;
      const reason = `oldest wait ${Math.round(waited)} s reached ${detail.afterSeconds} s; ${levelInWords(now)}`;
      events.push({ ...base, type: 'step_taken', step: next + 1, reason, detail });
    }
  }
  if (events.length > 0 || ladder === 0) return events;
  const limit = releaseBelow(guard, ladder);
  if (waited >= limit && now.oldestAt !== undefined) {
    return state.lowSince > 0 ? [{ ...base, type: 'low_since', since: 0 }] : [];
  }
  if (state.lowSince === 0) return [{ ...base, type: 'low_since', since: at }];
  if (at - state.lowSince < guard.holdSeconds * 1000) return [];
  const reason = `oldest wait below ${limit} s for ${guard.holdSeconds} s; ${levelInWords(now)}`;
  return [{ ...base, type: 'step_released', step: ladder, reason, detail: guard.steps[ladder - 1]! }];
};

export const evolveQueue = (state: QueueState, event: QueueEvent): QueueState => {
  switch (event.type) {
    case 'step_taken':
      return { ...state, taken: event.step, takenAt: event.at, lowSince: 0 };
    case 'step_released':
      return { ...state, taken: event.step - 1, lowSince: event.at };
    case 'low_since':
      return { ...state, lowSince: event.since };
  }
};

/** The next moment at which time alone may change something; undefined when none. Not after `at` when it is time now. */
export const nextGuardLook = (
  state: QueueState,
  guard: Guard,
  oldestAt: number | undefined,
  at: number,
): number | undefined => {
  const ladder = Math.min(state.taken, guard.steps.length);
  const next = guard.steps[ladder];
  const moments: number[] = [];
  if (next && oldestAt !== undefined) moments.push(oldestAt + next.afterSeconds * 1000);
  if (ladder > 0) {
    const lowUntil = oldestAt === undefined ? undefined : oldestAt + releaseBelow(guard, ladder) * 1000;
    if (lowUntil === undefined || at < lowUntil) {
      moments.push(state.lowSince > 0 ? state.lowSince + guard.holdSeconds * 1000 : at);
      if (lowUntil !== undefined) moments.push(lowUntil);
    } else if (state.lowSince > 0) moments.push(at);
  }
  return moments.length > 0 ? Math.min(...moments) : undefined;
};

/** What the steps that are taken do to who waits. */
export interface Relief {
  /** Relaxation steps that apply ahead of their time. */
  aheadSteps: number;
  /** Queues whose agents help. */
  borrowQueueIds: string[];
  /** Words for all who wait, and since when. */
  texts?: Record<string, string> | undefined;
  textsSince: number;
  offersCallback: boolean;
}

export const reliefOf = (state: QueueState | undefined, guard: Guard | undefined): Relief | undefined => {
  const taken = guard?.steps.slice(0, state?.taken ?? 0) ?? [];
  if (taken.length === 0) return undefined;
  const told = taken.filter(({ action }) => action === 'ANNOUNCE' || action === 'OFFER_CALLBACK').at(-1);
  return {
    aheadSteps: taken.reduce((sum, { action, widenSteps }) => sum + (action === 'WIDEN' ? widenSteps : 0), 0),
    borrowQueueIds: taken.flatMap(({ action, queueIds }) => (action === 'BORROW' ? queueIds : [])),
    texts: told?.texts,
    textsSince: told ? state!.takenAt : 0,
    offersCallback: taken.some(({ action }) => action === 'OFFER_CALLBACK'),
  };
};
