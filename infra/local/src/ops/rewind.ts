import { LocalError } from '../local-error';
import type { Place } from './connect';
import { withBus } from './connect';

/**
 * Sets a stopped group back to the first message that Kafka still has of what it reads. What had its effect has none again:
 * every consumer fences by event id. Needed after databases were restored, whose groups would pass over what they lost.
 */
export const rewind = (place: Place, group: string): Promise<{ group: string; topics: string[] }> =>
  withBus(place, async ({ admin }) => {
    const { members, lags } = await admin.groupLag(group);
    if (members > 0) throw new LocalError(`${members} processes of ${group} read now; stop them first.`);
    const topics = lags.map(({ topic }) => topic);
    if (topics.length > 0) await admin.resetOffsets(group, topics);
    return { group, topics };
  });
