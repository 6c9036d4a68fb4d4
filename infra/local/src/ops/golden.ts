import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { LocalError } from '../local-error';
import { topicCatalogue } from '../topics';
import type { Place } from './connect';
import { withBus } from './connect';

const NAME = 'events.ndjson.gz';

/**
 * Copies the events of every topic into a folder as the bytes that they are, in the order of each topic: a history that later
 * versions must replay to the same state (tests/golden). Dead letters are no facts and stay out. Gives the number by topic.
 */
export const recordEvents = async (place: Place, folder: string): Promise<Record<string, number>> => {
  const file = join(folder, NAME);
  if (existsSync(file)) throw new LocalError(`${file} exists: a recorded history is never written over.`);
  const lines: string[] = [];
  const counts: Record<string, number> = {};
  await withBus(place, async (bus) => {
    for (const { name: topic } of topicCatalogue().filter(({ name }) => !name.includes('.dlq.'))) {
      const found: { at: number; line: string }[] = [];
      await bus.readTopic(topic, ({ key, value, headers, timestamp }) => {
        const type = headers['content-type']?.toString();
        const record = { topic, key: key?.toString() ?? '', value: value?.toString('base64') ?? '', type };
        found.push({ at: timestamp, line: JSON.stringify(record) });
      });
      lines.push(...found.sort((left, right) => left.at - right.at).map(({ line }) => line));
      if (found.length > 0) counts[topic] = found.length;
    }
  });
  if (lines.length === 0)
    throw new LocalError('The topics hold no events: run something first, for example npm run demo.');
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, gzipSync(`${lines.join('\n')}\n`, { level: 9 }));
  return counts;
};
