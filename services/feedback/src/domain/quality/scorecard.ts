import { Refusal } from '@throughline/core';

export type Criticality = '' | 'customer' | 'business' | 'compliance';
export type MarkResult = 'pass' | 'fail' | 'not_applicable';

export interface Item {
  id: string;
  text: string;
  weight: number;
  criticality: Criticality;
}

export interface Scorecard {
  id: string;
  revision: number;
  name: string;
  sections: { name: string; items: Item[] }[];
  createdAt: number;
  updatedAt: number;
}

export interface Mark {
  itemId: string;
  result: MarkResult;
  note: string;
}

const refuse = (reason: string, field: string, description: string): Refusal =>
  new Refusal('invalid', reason, `${field}: ${description}`, {
    violations: [{ field, rule: reason.toLowerCase(), description }],
  });

export const itemsOf = ({ sections }: Pick<Scorecard, 'sections'>): Item[] => sections.flatMap(({ items }) => items);

/** Refuses a scorecard that nothing could be judged by. */
export const checkScorecard = (card: Pick<Scorecard, 'sections'>): void => {
  const items = itemsOf(card);
  const ids = new Set(items.map(({ id }) => id));
  if (ids.size < items.length) throw refuse('ITEM_TWICE', 'sections', 'two items have the same id');
  if (!items.some(({ weight }) => weight > 0)) throw refuse('WEIGHT_MISSING', 'sections', 'no item has a weight');
};

/** Refuses marks that leave an item out or know one that is not there. */
export const checkMarks = (items: Item[], marks: Mark[]): void => {
  const known = new Set(items.map(({ id }) => id));
  for (const { itemId } of marks) {
    if (!known.delete(itemId))
      throw refuse('ITEM_UNKNOWN', itemId, 'the scorecard has no such item, or it is marked twice');
  }
  const [missing] = known;
  if (missing) throw refuse('ITEM_MISSING', missing, 'every item is judged; what does not apply is not applicable');
};

export interface Judged {
  /** 0 to 100; undefined when nothing was applicable. */
  score: number | undefined;
  criticalErrors: Exclude<Criticality, ''>[];
}

/** Weights of what was passed of weights of what applied. A compliance error makes it 0; other critical errors stand apart. */
export const judge = (items: Item[], marks: Mark[]): Judged => {
  const results = new Map(marks.map(({ itemId, result }) => [itemId, result]));
  const applicable = items.filter(({ id }) => results.get(id) !== 'not_applicable');
  const weight = applicable.reduce((sum, item) => sum + item.weight, 0);
  const passed = applicable.filter(({ id }) => results.get(id) === 'pass').reduce((sum, item) => sum + item.weight, 0);
  const failed = applicable.filter(({ id, criticality }) => criticality !== '' && results.get(id) === 'fail');
  const criticalErrors = [...new Set(failed.map(({ criticality }) => criticality as Exclude<Criticality, ''>))].sort();
  if (weight === 0) return { score: undefined, criticalErrors };
  return { score: criticalErrors.includes('compliance') ? 0 : (passed / weight) * 100, criticalErrors };
};
