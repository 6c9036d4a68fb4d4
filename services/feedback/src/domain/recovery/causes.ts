import { Refusal } from '@throughline/core';

export type CauseClass = 'people' | 'process' | 'servicescape' | 'technology';

export interface Cause {
  id: string;
  class: CauseClass;
  parentId: string;
  name: string;
  own: boolean;
}

const tree: Record<CauseClass, Record<string, string>> = {
  people: {
    skill: 'Skill',
    attitude: 'Attitude or effort',
    preparation: 'Preparation',
    wrong_fit: 'Wrong fit',
    missing_information: 'Missing information',
    unclear_role: 'Unclear role, of either side',
  },
  process: {
    too_complex: 'Too complex',
    unexplained: 'Not explained',
    hard_to_learn: 'Hard to learn',
  },
  servicescape: {
    signs: 'Signs',
    layout: 'Layout',
    what_is_seen: 'What the customer sees',
  },
  technology: {
    hard_to_use: 'Hard to use',
    poorly_designed: 'Poorly designed',
    unreliable: 'Unreliable',
    no_support: 'No support',
  },
};

const names: Record<CauseClass, string> = {
  people: 'People',
  process: 'Process',
  servicescape: 'Servicescape',
  technology: 'Technology',
};

/** The causes that everybody has: four classes and what is known to be below them. */
export const standardCauses: readonly Cause[] = (Object.keys(tree) as CauseClass[]).flatMap((name) => [
  { id: name, class: name, parentId: '', name: names[name], own: false },
  ...Object.entries(tree[name]).map(([sub, text]) => ({
    id: `${name}.${sub}`,
    class: name,
    parentId: name,
    name: text,
    own: false,
  })),
]);

/** The whole tree of a tenant. */
export const causeTree = (own: Cause[]): Cause[] => [...standardCauses, ...own];

/** A cause of the tree; refuses one that is not there. Empty stays empty: nobody has said yet. */
export const knownCause = (causes: Cause[], id: string): Cause | undefined => {
  if (id === '') return undefined;
  const found = causes.find((cause) => cause.id === id);
  if (found) return found;
  throw new Refusal('not_found', 'CAUSE_NOT_FOUND', `cause_id: there is no cause ${id}`);
};

/** A new cause below another one. */
export const newCause = (causes: Cause[], parentId: string, nameId: string, name: string): Cause => {
  const parent = knownCause(causes, parentId)!;
  const id = `${parentId}.${nameId}`;
  if (causes.some((cause) => cause.id === id)) {
    throw new Refusal('already_exists', 'CAUSE_EXISTS', `there is a cause ${id} already`);
  }
  return { id, class: parent.class, parentId, name, own: true };
};

export const classOf = (causeId: string): string => causeId.split('.')[0] ?? '';
