import { catalogueGroups } from '../topics';
import type { Place } from './connect';
import { withBus } from './connect';

export type GroupLag = {
  group: string;
  topic: string;
  /** Messages that the group has not committed. */
  lag: number;
  /** Processes that are in the group now. */
  members: number;
};

/** How far each group is behind, by topic. A group that has committed nothing yet is not told. */
export const readLag = (place: Place, groups = catalogueGroups()): Promise<GroupLag[]> =>
  withBus(place, async ({ admin }) => {
    const told: GroupLag[] = [];
    for (const group of groups) {
      const { members, lags } = await admin.groupLag(group);
      told.push(...lags.map(({ topic, lag }) => ({ group, topic, lag, members })));
    }
    return told;
  });
