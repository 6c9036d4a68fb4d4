import type { Docket } from '../domain/clock/clock';
import { emptyDocket, nextMoment } from '../domain/clock/clock';
import type { Folded, Step } from '../domain/clock/fold';
import { fold } from '../domain/clock/fold';
import { withRules } from './decide-again';
import type { DocketKey, DocketStore, RuleBook, RuleBooks } from './ports';

/** What one conversation did, in order. */
export interface Happened extends DocketKey {
  steps: Step[];
}

export interface FollowDeps {
  dockets: DocketStore;
  books: RuleBooks;
  now(): number;
}

const tenantOf = ({ tenantId }: DocketKey): string => tenantId;

const nameOf = ({ tenantId, id }: DocketKey): string => `${tenantId}/${id}`;

const applyAll = async ({ dockets, books, now }: FollowDeps, happened: Happened[]): Promise<void> => {
  if (happened.length === 0) return;
  const steps = new Map(happened.map((one) => [nameOf(one), one.steps]));
  const tenants = happened.map(({ tenantId }) => tenantId);
  await withRules(books, tenants, (rules) =>
    dockets.changeMany(
      happened,
      (key, current) => {
        const before = current ?? emptyDocket(key.id);
        const after = fold(before, steps.get(nameOf(key))!, rules(key.tenantId));
        return after.docket === before ? undefined : after;
      },
      now(),
      { redelivered: true },
    ),
  );
};

/** The start that a merged conversation hands on. Repeating it changes nothing, so it needs no fence. */
const inheritances = async ({ dockets }: FollowDeps, happened: Happened[]): Promise<Happened[]> => {
  const handed: Happened[] = [];
  for (const { tenantId, id, steps } of happened) {
    for (const { command } of steps) {
      if (command.type !== 'merged') continue;
      const source = await dockets.load({ tenantId, id });
      if (!source?.known) continue;
      const inherit = { type: 'inherit' as const, at: command.at, from: id, since: source.openedAt };
      handed.push({ tenantId, id: command.into, steps: [{ seq: 0, command: inherit }] });
    }
  }
  return handed;
};

/** Applies what conversations did to their clocks, a batch in one write; each event once. */
export const followConversations = (deps: FollowDeps) => async (happened: Happened[]) => {
  await applyAll(deps, happened);
  for (const one of await inheritances(deps, happened)) await applyAll(deps, [one]);
};

const momentOf = (docket: Docket): number => nextMoment(docket) ?? Number.POSITIVE_INFINITY;

const lookedAt = (docket: Docket, at: number, rules: RuleBook): Folded | undefined => {
  const after = fold(docket, [{ seq: 0, command: { type: 'check', at } }], rules);
  return after.docket === docket ? undefined : after;
};

/** Looks at clocks whose moment has come. What changed meanwhile is seen in the docket, so a late look does nothing. */
export const checkClocks = (deps: FollowDeps) => async (keys: DocketKey[]) => {
  const at = deps.now();
  const left = await deps.dockets.changePrepared(keys, at);
  if (left.length === 0) return;
  await withRules(deps.books, left.map(tenantOf), (rules) =>
    deps.dockets.changeMany(left, ({ tenantId }, current) => current && lookedAt(current, at, rules(tenantId)), at),
  );
};

/**
 * Works out ahead what clocks will come to at their next moment: calendars are pinned, so it only depends on the docket, and it holds
 * until the moment after. On the moment itself there is nothing left to do but to write it.
 */
export const prepareClocks = (deps: FollowDeps) => async (keys: DocketKey[]) => {
  await withRules(deps.books, keys.map(tenantOf), (rules) =>
    deps.dockets.prepare(keys, ({ tenantId }, docket) => {
      const from = momentOf(docket);
      const after = Number.isFinite(from) ? lookedAt(docket, from, rules(tenantId)) : undefined;
      return after && { after, from, until: momentOf(after.docket) };
    }),
  );
};
