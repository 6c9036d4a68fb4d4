/** What we use of the client's member of a group; the client does not document it. */
interface Group<B> {
  maxWaitTime: number;
  fetch(nodeId: string): Promise<B[]>;
}

/** The messages of one partition that a fetch brought. */
interface Batch {
  rawMessages: unknown[];
}

const QUIET_AFTER = 10;
// A member is missed after ten seconds, and while it is idle it only gives a sign of life between two fetches.
const QUIET_FACTOR = 3;

/**
 * A fetch that asks for longer once nothing has come for a while: the broker answers at once when something comes, so that it costs
 * nobody time but who stops or joins meanwhile. Partitions that brought nothing are left out: the client would go through each.
 */
export const quietFetch = <B extends Batch>(fetch: Group<B>['fetch']): Group<B>['fetch'] => {
  const quiet = new WeakMap<Group<B>, { own: number; fetches: number }>();
  return async function (this: Group<B>, nodeId: string): Promise<B[]> {
    const known = quiet.get(this) ?? { own: this.maxWaitTime, fetches: 0 };
    quiet.set(this, known);
    this.maxWaitTime = known.fetches < QUIET_AFTER ? known.own : known.own * QUIET_FACTOR;
    const batches = (await fetch.call(this, nodeId)).filter(({ rawMessages }) => rawMessages.length > 0);
    known.fetches = batches.length > 0 ? 0 : known.fetches + 1;
    return batches;
  } as Group<B>['fetch'];
};

let done = false;

/** Lets every consumer of this process fetch like that. */
export const quietFetches = (): void => {
  if (done) return;
  done = true;
  const { prototype } = require('kafkajs/src/consumer/consumerGroup') as { prototype: Group<Batch> };
  prototype.fetch = quietFetch(prototype.fetch);
};
