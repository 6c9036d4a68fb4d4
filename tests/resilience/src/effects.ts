import { decodeMessage } from '@throughline/bus';
import type { World } from './world';

export interface EffectVerdict {
  /** Effects that were promised and are not there. */
  missing: number;
  /** Effects that are there more than once. */
  repeated: number;
  /** Effects of nothing that was asked. */
  foreign: number;
  /** Requests whose answers are not all the same. */
  differing: number;
}

export const onceEach: EffectVerdict = { missing: 0, repeated: 0, foreign: 0, differing: 0 };

/** Compares what was asked with what came of it: every effect once, and every copy of a request the same answer. */
export const judgeEffects = (
  wanted: Iterable<string>,
  found: Iterable<string>,
  answers: Iterable<string[]> = [],
): EffectVerdict => {
  const verdict = { ...onceEach };
  const counts = new Map([...wanted].map((effect) => [effect, 0]));
  for (const effect of found) {
    const count = counts.get(effect);
    if (count === undefined) verdict.foreign++;
    else counts.set(effect, count + 1);
  }
  for (const count of counts.values()) {
    if (count === 0) verdict.missing++;
    else if (count > 1) verdict.repeated++;
  }
  for (const copies of answers) if (new Set(copies).size !== 1) verdict.differing++;
  return verdict;
};

/** What came of the writes marked `#<mark><number>#`, as everybody outside sees it; an event that was sent again counts once. */
export const effectsOf = async (world: World, mark: string): Promise<string[]> => {
  const found: string[] = [];
  const marked = new RegExp(`#${mark}\\d+#`);
  for (const topic of ['conversation.conversations.v1', 'channel.outbound.v1']) {
    const ids = new Set<string>();
    await world.bus.readTopic(topic, (raw) => {
      const event = decodeMessage(raw);
      const marker = marked.exec(Buffer.from(event.data).toString('latin1'))?.[0];
      if (!marker || ids.has(event.id)) return;
      ids.add(event.id);
      found.push(`${event.type.split('.').at(-1)} ${marker}`);
    });
  }
  const issues = world.database('conversation').collection('issues');
  for await (const issue of issues.find({ title: marked })) found.push(`Issue ${issue['title']}`);
  return found;
};
