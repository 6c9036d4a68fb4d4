import { idFrom, transientError } from '@throughline/core';
import { LRUCache } from 'lru-cache';
import type { Conversation } from '../domain/conversation';
import { initial } from '../domain/conversation';
import { baseSubjectOf, recentMs } from '../domain/threading';
import type { IntakeContext } from './fold-inbound';
import { foldInbound, namedBy } from './fold-inbound';
import type { Journal } from './journal';
import type { Clue, ClueMakers } from './place-mail';
import { cluesOf, isAnswer } from './place-mail';
import type { Change, Claim, ConversationLog, Held, Inbound, Key, Loaded, SetAside } from './ports';
import type { Settings } from './settings';
import type { Working, WorkingSet } from './working';
import { changeOf, startWorking } from './working';

export interface IntakeOptions extends ClueMakers {
  journal: Journal;
  log: Pick<ConversationLog, 'setAside' | 'recentOf'>;
  settings: Settings;
  now(): number;
  successorClaim(key: Key): Claim;
  /** Threads kept in memory. */
  threadCacheSize: number;
}

export interface IntakeResult {
  changed: Change[];
  /** Conversations for which an acknowledgement is still to be considered. */
  unacknowledged: Map<Key, Held>;
  setAside: SetAside[];
  /** Events without effect, because the database refuses the change that holds them. */
  refused: Map<Inbound, Error>;
}

const maxAttempts = 12;

/** Messages a person may have written by mail: those need evidence to find their conversation. */
const mailOf = (inbound: Inbound) => (inbound.payload.kind === 'message' ? inbound.payload.mail : undefined);

const blankHeld = (key: Key, tenantId: string, id: string): Held => ({
  key,
  state: initial(tenantId, id),
  version: 0,
  saved: 0,
  applied: new Map(),
});

interface Surroundings {
  holders: Map<Claim, Key>;
  held: Map<Key, Loaded>;
  clues: Map<Inbound, Clue[]>;
  recent: Map<string, Conversation[]>;
}

/** Turns batches of channel events into changes of conversations: one read, one append, one publish. */
export const createIntake = (options: IntakeOptions) => {
  const { journal, log, settings, now } = options;
  // Thread → conversation in which it began. Losing an entry costs a look-up, never correctness.
  let threads = new Map<Claim, Key>();
  const rememberThread = (thread: Claim, key: Key): void => {
    if (threads.size >= options.threadCacheSize) threads = new Map();
    threads.set(thread, key);
  };

  // Once a conversation has its successor, it has it for ever.
  const successors = new LRUCache<Claim, Key>({ max: options.threadCacheSize });

  const claimsToFind = (facts: Inbound[], clues: Map<Inbound, Clue[]>): Claim[] => {
    const wanted = new Set<Claim>();
    for (const fact of facts) {
      if (fact.payload.kind === 'delivery') {
        if (!fact.payload.conversationId) wanted.add(fact.payload.messageId);
        continue;
      }
      for (const clue of clues.get(fact) ?? []) if (clue.claim && clue.claim !== fact.thread) wanted.add(clue.claim);
      if (!threads.has(fact.thread)) wanted.add(fact.thread);
    }
    return [...wanted];
  };

  const keysNamed = (facts: Inbound[], around: Omit<Surroundings, 'held' | 'recent'>): Set<Key> => {
    const keys = new Set<Key>();
    for (const fact of facts) {
      if (fact.payload.kind === 'delivery') {
        const { conversationId, messageId } = fact.payload;
        const key = conversationId ? `${fact.tenantId}/${conversationId}` : around.holders.get(messageId);
        if (key) keys.add(key);
        continue;
      }
      const key = threads.get(fact.thread) ?? around.holders.get(fact.thread) ?? namedBy(fact);
      if (key) keys.add(key);
      for (const clue of around.clues.get(fact) ?? []) {
        const found = clue.key ?? (clue.claim && around.holders.get(clue.claim));
        if (found) keys.add(found);
      }
    }
    return keys;
  };

  // A merged conversation points at the one that lives on, a closed one at its successor: those are needed as well.
  const follow = async (around: Surroundings, fresh: boolean): Promise<void> => {
    let frontier = [...around.held.values()];
    // However long the chain is: a thread that never ends has one conversation after the other. It ends because only what
    // was not held before is followed.
    while (frontier.length > 0) {
      const next = new Set<Key>();
      const closed: Claim[] = [];
      for (const { held } of frontier) {
        if (held.state.mergedIntoId) next.add(`${held.state.tenantId}/${held.state.mergedIntoId}`);
        else if (held.state.state === 'CLOSED' || held.state.state === 'SOLVED') {
          const claim = options.successorClaim(held.key);
          const known = successors.get(claim);
          if (known) around.holders.set(claim, known);
          if (known) next.add(known);
          else closed.push(claim);
        }
      }
      for (const [claim, key] of await journal.holdersOf(closed)) {
        around.holders.set(claim, key);
        successors.set(claim, key);
        next.add(key);
      }
      const missing = [...next].filter((key) => !around.held.has(key));
      const loaded = missing.length > 0 ? await journal.hold(missing, { fresh }) : new Map<Key, Loaded>();
      for (const [key, one] of loaded) around.held.set(key, one);
      frontier = [...loaded.values()];
    }
  };

  // Messages that a person moved take the answers to them along.
  const loadMoved = async (around: Surroundings, fresh: boolean): Promise<void> => {
    const moved = new Set<Key>();
    for (const list of around.clues.values()) {
      for (const { claim } of list) {
        if (!claim) continue;
        const state = around.held.get(around.holders.get(claim) ?? '')?.held.state;
        const to = state?.moved[claim];
        if (to) moved.add(`${state?.tenantId}/${to}`);
      }
    }
    if (moved.size === 0) return;
    for (const [key, one] of await journal.hold(moved, { fresh })) around.held.set(key, one);
  };

  const recentSubjects = async (facts: Inbound[]): Promise<Map<string, Conversation[]>> => {
    const asked = facts.filter(
      ({ payload, contactPoint }) =>
        payload.kind === 'message' && payload.mail && contactPoint && isAnswer(payload.message.subject),
    );
    const found = new Map<string, Conversation[]>();
    for (const tenantId of new Set(asked.map((fact) => fact.tenantId))) {
      const own = asked.filter((fact) => fact.tenantId === tenantId);
      const since = Math.min(...own.map((fact) => fact.at)) - recentMs;
      for (const conversation of await log.recentOf(
        tenantId,
        [...new Set(own.map((fact) => fact.contactPoint))],
        since,
      )) {
        const name = `${tenantId}/${conversation.contactPoint}/${conversation.baseSubject}`;
        found.set(name, [...(found.get(name) ?? []), conversation]);
      }
    }
    return found;
  };

  const survey = async (facts: Inbound[], taken: Map<Claim, Key>, fresh: boolean): Promise<Surroundings> => {
    const clues = new Map<Inbound, Clue[]>();
    for (const fact of facts) {
      const mail = mailOf(fact);
      if (mail) clues.set(fact, cluesOf(fact, mail, options));
    }
    const holders = await journal.holdersOf(claimsToFind(facts, clues));
    const recent = await recentSubjects(facts);
    const keys = keysNamed(facts, { holders, clues });
    // Holders of effects already taken may have died before telling: loading them here gets that done.
    for (const key of taken.values()) keys.add(key);
    for (const list of recent.values()) for (const one of list) keys.add(`${one.tenantId}/${one.id}`);
    const held = await journal.hold(keys, { fresh });
    const around = { holders, held, clues, recent };
    await loadMoved(around, fresh);
    await follow(around, fresh);
    await journal.readApplied(around.held);
    return around;
  };

  const contextOf = (
    around: Surroundings,
    taken: Map<Claim, Key>,
    working: WorkingSet,
    batchThreads: Map<Claim, Key>,
    recordedAt: number,
  ): IntakeContext => ({
    settings,
    recordedAt,
    taken,
    open: (key) => {
      let one = working.get(key);
      if (!one) {
        const loaded = around.held.get(key);
        if (!loaded || loaded.held.version === 0) return undefined;
        one = startWorking(loaded.held);
        working.set(key, one);
      }
      return one;
    },
    create: (fact) => {
      const id = idFrom(fact.at, fact.tenantId, fact.effect);
      const key = `${fact.tenantId}/${id}`;
      const one = working.get(key) ?? startWorking(blankHeld(key, fact.tenantId, id));
      working.set(key, one);
      return one;
    },
    threadOf: (fact) => batchThreads.get(fact.thread) ?? threads.get(fact.thread) ?? around.holders.get(fact.thread),
    holderOf: (claim) => around.holders.get(claim),
    rememberThread: (thread, key) => void batchThreads.set(thread, key),
    claim: (one, claim) => {
      one.claims.push(claim);
      around.holders.set(claim, one.before.key);
    },
    successorClaim: options.successorClaim,
    mailClaim: options.mailClaim,
    cluesOf: (fact) => around.clues.get(fact) ?? [],
    recentOf: (fact) =>
      fact.payload.kind === 'message'
        ? (around.recent.get(`${fact.tenantId}/${fact.contactPoint}/${baseSubjectOf(fact.payload.message.subject)}`) ??
          [])
        : [],
    tokens: options.tokens,
  });

  const attempt = async (facts: Inbound[], taken: Map<Claim, Key>, fresh: boolean) => {
    const around = await survey(facts, taken, fresh);
    const working: WorkingSet = new Map();
    const recordedAt = now();
    const batchThreads = new Map<Claim, Key>();
    const context = contextOf(around, taken, working, batchThreads, recordedAt);
    const setAside: SetAside[] = [];
    const touched = new Map<Key, Inbound[]>();
    for (const fact of facts) {
      const outcome = foldInbound(fact, context);
      if (outcome.setAside) setAside.push(outcome.setAside);
      if (!outcome.key) continue;
      // A change of several events is part of the trace of the first that has one.
      const one = working.get(outcome.key);
      if (one && fact.traceparent) one.traceparent ??= fact.traceparent;
      const list = touched.get(outcome.key);
      if (list) list.push(fact);
      else touched.set(outcome.key, [fact]);
    }
    const changes = [...working.values()].flatMap((one: Working) => changeOf(one, recordedAt) ?? []);
    const { conflicts, refused: refusedKeys } = await journal.commit(changes, around.held);
    const lost = (key: Key) => conflicts.has(key) || refusedKeys.has(key);
    for (const [thread, key] of batchThreads) if (!lost(key)) rememberThread(thread, key);
    const changed = changes.filter((change) => !lost(change.after.key));
    const refused = new Map<Inbound, Error>();
    for (const [key, error] of refusedKeys) {
      const held = touched.get(key);
      if (!held) throw error;
      for (const fact of held) refused.set(fact, error);
    }
    const unacknowledged = [
      ...changed.map((change) => change.after),
      ...[...around.held.values()].map((one) => one.held),
    ].filter((held) => held.state.acknowledge);
    const again = new Set([...conflicts].flatMap((key) => touched.get(key) ?? []));
    const claims = changes.filter((change) => conflicts.has(change.after.key)).flatMap((change) => change.claims);
    return { changed, unacknowledged, setAside, refused, again: facts.filter((fact) => again.has(fact)), claims };
  };

  return {
    /** Applies the events in order. Safe to repeat with any of them at any later time. */
    async take(facts: Inbound[]): Promise<IntakeResult> {
      const result: IntakeResult = { changed: [], unacknowledged: new Map(), setAside: [], refused: new Map() };
      let todo = facts;
      let taken = new Map<Claim, Key>();
      for (let round = 0; todo.length > 0; round += 1) {
        if (round === maxAttempts) throw transientError('other writers were first too often');
        const { changed, unacknowledged, setAside, refused, again, claims } = await attempt(todo, taken, round > 0);
        result.changed.push(...changed);
        for (const [fact, error] of refused) result.refused.set(fact, error);
        for (const held of unacknowledged) result.unacknowledged.set(held.key, held);
        result.setAside.push(...setAside);
        // What was just written here may hold a later event of the same thread: order demands the thread is seen anew.
        for (const fact of again) threads.delete(fact.thread);
        taken =
          again.length > 0
            ? await journal.holdersOf([...new Set([...claims, ...again.map((fact) => fact.effect)])])
            : taken;
        todo = again;
      }
      await log.setAside(result.setAside);
      return result;
    },
  };
};

export type Intake = ReturnType<typeof createIntake>;
