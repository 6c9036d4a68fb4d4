import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { parse } from 'yaml';
import { repoRoot } from './paths';

/** One topic of the catalogue `infra/kafka/topics.yaml`. */
export type Topic = {
  name: string;
  partitions: number;
  retentionDays: number;
  /** A service, or `channel adapters` for all of them. */
  owner: string;
  /** Who else writes to it: services, or `all` that are no adapters. */
  writers?: string[];
  readers: string[];
  key: string;
  about: string;
};

type CatalogueFile = {
  defaults: { partitions: number; retentionDays: number };
  topics: (Omit<Topic, 'partitions' | 'retentionDays'> & Partial<Topic>)[];
  groups: string[];
};

/** Name of the dead-letter topic of a consumer group. */
export const deadLetterTopic = (group: string): string => `${group}.dlq.v1`;

const readCatalogueFile = (): CatalogueFile =>
  parse(readFileSync(join(repoRoot, 'infra/kafka/topics.yaml'), 'utf8')) as CatalogueFile;

/** Consumer groups of the catalogue; each has a dead-letter topic. */
export const catalogueGroups = (): string[] => readCatalogueFile().groups;

/** A service may read in more than one group: `notification-webhooks` belongs to notification, and has its database. */
export const serviceOf = (group: string, groups = catalogueGroups()): string =>
  groups.find((other) => group.startsWith(`${other}-`)) ?? group;

/** All topics of the catalogue, the dead-letter topics of its groups included. */
export const topicCatalogue = (): Topic[] => {
  const { defaults, topics, groups } = readCatalogueFile();
  const deadLetters = groups.map((group) => ({
    name: deadLetterTopic(group),
    owner: group,
    readers: ['operators'],
    key: 'original key',
    about: `Messages that ${group} could not take.`,
  }));
  return [...topics, ...deadLetters].map((topic) => ({ ...defaults, ...topic }));
};

export type CreateTopicsOptions = {
  brokers: string | string[];
  /** Put before every name; tests use one per file. */
  prefix?: string;
  /** Fewer partitions than the catalogue says, for tests. */
  partitions?: number;
  /** Only these names of the catalogue, without the prefix. */
  only?: string[];
  replicationFactor?: number;
};

/** Waits until every partition has a leader; the client's own wait fails when it asks a moment too early. */
const untilLed = async (admin: ReturnType<Kafka['admin']>, topics: string[]): Promise<void> => {
  for (const end = Date.now() + 30_000; ; ) {
    try {
      const { topics: known } = await admin.fetchTopicMetadata({ topics });
      if (known.every(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0)))
        return;
    } catch (error) {
      if ((error as { retriable?: boolean }).retriable !== true || Date.now() > end) throw error;
    }
    if (Date.now() > end) throw new Error(`no leaders in time: ${topics.join(', ')}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

/** Creates the topics of the catalogue that do not exist yet and returns the names of the new ones. */
export const createTopics = async (options: CreateTopicsOptions): Promise<string[]> => {
  const { brokers, prefix = '', partitions, only, replicationFactor = 1 } = options;
  const list = typeof brokers === 'string' ? brokers.split(',') : brokers;
  const admin = new Kafka({ brokers: list, clientId: 'throughline-topics', logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    // Asked first: creating an existing topic is refused for the whole request and logged as an error by the broker.
    const existing = new Set(await admin.listTopics());
    const missing = topicCatalogue()
      .filter((topic) => !only || only.includes(topic.name))
      .filter((topic) => !existing.has(prefix + topic.name));
    if (missing.length === 0) return [];
    await admin.createTopics({
      waitForLeaders: false,
      timeout: 30_000,
      topics: missing.map((topic) => ({
        topic: prefix + topic.name,
        numPartitions: partitions ?? topic.partitions,
        replicationFactor,
        configEntries: [{ name: 'retention.ms', value: String(topic.retentionDays * 86_400_000) }],
      })),
    });
    await untilLed(
      admin,
      missing.map((topic) => prefix + topic.name),
    );
    return missing.map((topic) => prefix + topic.name);
  } finally {
    await admin.disconnect();
  }
};
