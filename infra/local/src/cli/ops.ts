// `npm run ops -- <command>`: look at what runs, and mend what died. What each command does is in src/ops.
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { RawMessage } from '@throughline/bus';
import { kafkaSecurity } from '@throughline/bus';
import { kafkaAccess, readConfig, z } from '@throughline/config';
import { LocalError, runCli } from '../local-error';
import { readAuditKeys, verifyAudit } from '../ops/audit';
import { backup, compare, drill, readManifest, restore } from '../ops/backup';
import type { Place } from '../ops/connect';
import { withBus } from '../ops/connect';
import { discardLetters, readLetters, readParked, replayLetters, showLetter } from '../ops/dead-letters';
import { recordEvents } from '../ops/golden';
import { readLag } from '../ops/lag';
import { readLeases } from '../ops/leases';
import { readOutboxes } from '../ops/outbox';
import { rebuildTimeline } from '../ops/rebuild-timeline';
import { rewind } from '../ops/rewind';
import { newestTraces, readSpans, traceLines } from '../ops/traces';
import { eventViewer } from '../ops/view-event';
import { localDir } from '../paths';
import { ports } from '../ports';
import { waitFor } from '../processes';
import { auditKeysOf, loadSecrets } from '../secrets';
import { catalogueGroups, topicCatalogue } from '../topics';

const place: Place = {
  brokers: (process.env.KAFKA_BROKERS ?? `127.0.0.1:${ports.kafka}`).split(','),
  mongoUrl: process.env.MONGO_URL ?? `mongodb://127.0.0.1:${ports.mongo}/?replicaSet=rs0`,
  topicPrefix: process.env.KAFKA_TOPIC_PREFIX ?? '',
  databasePrefix: process.env.MONGO_DB_PREFIX ?? '',
  security: kafkaSecurity(readConfig(z.object(kafkaAccess), process.env)),
  mongoTlsCa: process.env.MONGO_TLS_CA || undefined,
};

const usage = `npm run ops -- <command>
  tail <topic> [--once]                       events of a topic as JSON lines, then those that arrive
  lag                                         how far each consumer group is behind, by topic
  dlq list <group>                            dead letters, decoded, and the keys that wait behind them
  dlq show <group> <partition> <offset>       one of them
  dlq replay <group> [key]                    sends them again, in order; unreadable ones are left out and told
  dlq discard <group> <key> --reason <why>    gives up what failed of a key; what waited behind it goes on
  outbox                                      events that are saved and not in Kafka, by age
  leases                                      who holds which shard
  timeline rebuild                            journey reads every topic again; stop it first
  backup <folder>                             every database, with counts, hashes and indexes
  backup check <folder>                       compares a backup with the databases as they are
  restore <folder>                            into databases that do not exist; then rewind every group
  rewind <group>                              a stopped group reads again from the first message that is kept
  drill <folder>                              backup, restore beside the original, compare, clean up
  audit verify [--tenant <id>] [--anchors <file>]   names audit records that were altered, deleted, moved or cut off
  golden <folder>                             events of every topic as they are, for tests/golden
  traces [trace id]                           what npm start -- --observe has kept
Where: KAFKA_BROKERS, MONGO_URL, GATEWAY_AUDIT_KEYS, KAFKA_TOPIC_PREFIX, MONGO_DB_PREFIX; without them what npm start runs.
Topics: ${topicCatalogue()
  .map(({ name }) => name)
  .join(' ')}
Groups: ${catalogueGroups().join(' ')}`;

const line = (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
const lines = (values: object[]): void => values.forEach(line);
const needed = (value: string | undefined, what: string): string => {
  if (value) return value;
  throw new LocalError(`${what} is missing.\n${usage}`);
};

const known = (topic: string): string => {
  if (topicCatalogue().some(({ name }) => name === topic)) return topic;
  throw new LocalError(`No topic "${topic}" in infra/kafka/topics.yaml.\n${usage}`);
};

const knownGroup = (group = ''): string => {
  if (catalogueGroups().includes(group)) return group;
  throw new LocalError(`No group "${group}": it is one of ${catalogueGroups().join(', ')}.`);
};

/** Prints what a topic holds; with `follow` goes on with what arrives. */
const tail = async (topic: string, follow: boolean): Promise<void> => {
  let stopped = !follow;
  process.once('SIGINT', () => {
    stopped = true;
  });
  const view = eventViewer();
  const seen = new Map<number, bigint>();
  await withBus(place, async (bus) => {
    do {
      await bus.readTopic(topic, (message: RawMessage) => {
        const offset = BigInt(message.offset);
        if (offset <= (seen.get(message.partition) ?? -1n)) return;
        seen.set(message.partition, offset);
        line(view(message));
      });
      if (!stopped) await waitFor(async () => stopped, 1000);
    } while (!stopped);
  });
};

const deadLetters = async ([action, group, ...rest]: string[]): Promise<number> => {
  const of = knownGroup(group);
  if (action === 'list') {
    lines(await readLetters(place, of));
    lines(
      (await readParked(place, of)).map(({ topic, key, reason, since }) => ({ parked: key, topic, reason, since })),
    );
    return 0;
  }
  if (action === 'show') {
    const [partition, offset] = rest;
    const letter = await showLetter(
      place,
      of,
      Number(needed(partition, 'the partition')),
      needed(offset, 'the offset'),
    );
    if (!letter) throw new LocalError(`${of}.dlq.v1 has no message at ${partition}/${offset}.`);
    process.stdout.write(`${JSON.stringify(letter, null, 2)}\n`);
    return 0;
  }
  if (action === 'replay') {
    line(await replayLetters(place, of, rest));
    return 0;
  }
  if (action === 'discard') {
    const at = rest.indexOf('--reason');
    const reason = needed(at < 0 ? undefined : rest[at + 1], '--reason, why they are given up,');
    line(
      await discardLetters(place, of, needed(at === 0 ? '' : rest[0], 'the key'), { reason, by: userInfo().username }),
    );
    return 0;
  }
  throw new LocalError(usage);
};

/** Keys of the product that `npm start` has run here. */
const localAuditKeys = (): string | undefined => {
  const file = join(localDir, 'secrets.json');
  return existsSync(file) ? auditKeysOf(loadSecrets(file)) : undefined;
};

const audit = async ([action, ...rest]: string[]): Promise<number> => {
  if (action !== 'verify') throw new LocalError(usage);
  const option = (name: string) => {
    const at = rest.indexOf(name);
    return at < 0 ? undefined : needed(rest[at + 1], `the value of ${name}`);
  };
  const given = { tenant: option('--tenant'), anchors: option('--anchors') };
  const verdicts = await verifyAudit(place, readAuditKeys(process.env.GATEWAY_AUDIT_KEYS ?? localAuditKeys()), given);
  lines(verdicts);
  const wrong = verdicts.reduce((sum, { faults }) => sum + faults.length, 0);
  const records = verdicts.reduce((sum, verdict) => sum + verdict.records, 0);
  console.log(`${verdicts.length} tenants, ${records} records: ${wrong === 0 ? '0 faults' : `${wrong} FAULTS`}`);
  return wrong > 0 ? 1 : 0;
};

const copies = async (command: string, [first, ...rest]: string[]): Promise<number> => {
  if (command === 'backup' && first === 'check') {
    const differences = await compare(place, readManifest(needed(rest[0], 'the folder')));
    lines(differences);
    return differences.length > 0 ? 1 : 0;
  }
  const folder = needed(first, 'the folder');
  if (command === 'backup') {
    const { at, databases } = await backup(place, folder);
    lines(
      Object.entries(databases).map(([service, collections]) => ({
        at,
        service,
        collections: Object.keys(collections).length,
      })),
    );
    return 0;
  }
  if (command === 'drill') {
    const { manifest, differences } = await drill(place, folder);
    lines(differences);
    const all = Object.values(manifest.databases).flatMap((collections) => Object.values(collections));
    const documents = all.reduce((sum, facts) => sum + facts.documents, 0);
    console.log(
      `${all.length} collections, ${documents} documents: ${differences.length === 0 ? 'equal counts, hashes and indexes' : 'NOT equal'}`,
    );
    return differences.length > 0 ? 1 : 0;
  }
  const differences = await restore(place, folder);
  lines(differences);
  console.log(differences.length === 0 ? 'restored: equal counts, hashes and indexes' : 'restored, and NOT equal');
  return differences.length > 0 ? 1 : 0;
};

runCli(async () => {
  const [command = '', ...rest] = process.argv.slice(2);
  switch (command) {
    case 'tail':
      await tail(known(rest[0] ?? ''), !rest.includes('--once'));
      return 0;
    case 'dlq':
      return await deadLetters(rest);
    case 'lag':
      lines(await readLag(place));
      return 0;
    case 'outbox':
      lines(await readOutboxes(place));
      return 0;
    case 'leases':
      lines(await readLeases(place));
      return 0;
    case 'timeline':
      if (rest[0] !== 'rebuild') throw new LocalError(usage);
      line(await rebuildTimeline(place));
      return 0;
    case 'rewind':
      line(await rewind(place, knownGroup(rest[0])));
      return 0;
    case 'golden':
      line(await recordEvents(place, needed(rest[0], 'the folder')));
      return 0;
    case 'audit':
      return await audit(rest);
    case 'traces':
      console.log((rest[0] ? traceLines(readSpans(localDir), rest[0]) : newestTraces(readSpans(localDir))).join('\n'));
      return 0;
    case 'backup':
    case 'restore':
    case 'drill':
      return await copies(command, rest);
    default:
      throw new LocalError(usage);
  }
});
