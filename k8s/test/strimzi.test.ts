import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { topicCatalogue } from '@throughline/local';
import { parseObjects } from '../src/objects';
import { examplesDir } from '../src/paths';
import { permissions, topicsManifest, usersManifest } from '../src/strimzi';

const committed = (name: string) => readFileSync(join(examplesDir, 'strimzi', name), 'utf8');

it('topics and users are those of infra/kafka/topics.yaml: run `npm run k8s -- render` after a change', () => {
  expect(committed('topics.yaml')).toBe(topicsManifest());
  expect(committed('users.yaml')).toBe(usersManifest());
});

it('every topic of the catalogue has a KafkaTopic with its partitions and retention', () => {
  const topics = parseObjects(topicsManifest()).map(({ metadata, spec }) => {
    const { partitions, config } = spec as { partitions: number; config: Record<string, number> };
    return { name: metadata.name, partitions, retention: config['retention.ms'] };
  });
  expect(topics).toEqual(
    topicCatalogue().map(({ name, partitions, retentionDays }) => ({
      name,
      partitions,
      retention: retentionDays * 86_400_000,
    })),
  );
});

const may = (service: string, operation: string): string[] =>
  permissions()
    .get(service)!
    .filter(({ type, operations }) => type === 'topic' && operations.includes(operation as 'Read'))
    .map(({ name }) => name);

it('a service writes its own topics and its dead letters, and reads what it follows', () => {
  expect(may('sla', 'Write')).toEqual(['sla.clocks.v1', 'sla.promises.v1', 'sla.dlq.v1']);
  expect(may('sla', 'Read')).toContain('conversation.conversations.v1');
  expect(may('sla', 'Read')).not.toContain('channel.inbound.v1');
});

it('an adapter speaks with the core over two topics only', () => {
  expect(may('channel-chat', 'Read')).toEqual(['channel.outbound.v1']);
  expect(may('channel-chat', 'Write')).toEqual(['channel.inbound.v1', 'channel-chat.dlq.v1']);
});

it('nobody but operators may do anything to a topic of which the catalogue does not say so', () => {
  for (const [service, acls] of permissions()) {
    const wide = acls.filter(({ name, pattern }) => name === '*' || pattern === 'prefix');
    expect(service === 'operators' || wide.length === 0).toBe(true);
  }
});
