import { LocalError } from '../local-error';
import { topicCatalogue } from '../topics';
import type { Place } from './connect';
import { withBus } from './connect';

/** Topics that the timeline follows: all but the service's own, and no dead letters. */
const followed = (): string[] =>
  topicCatalogue()
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('journey.') && !name.endsWith('.dlq.v1'));

/**
 * Lets the journey service read every topic again from the first message that Kafka still has. Rows that exist stay as
 * they are, missing ones are added; nothing is deleted, because topics forget after their retention and timelines do not.
 */
export const rebuildTimeline = (place: Place): Promise<{ topics: string[]; messages: number }> =>
  withBus(place, async ({ admin }) => {
    const { members } = await admin.groupLag('journey');
    if (members > 0)
      throw new LocalError(
        `${members} processes of journey read now; stop them first (kubectl scale deploy/throughline-journey --replicas=0), start them again after.`,
      );
    const existing = new Set(await admin.listTopics());
    const topics = followed().filter((topic) => existing.has(topic));
    await admin.resetOffsets('journey', topics);
    return { topics, messages: await admin.lag('journey', topics) };
  });
