import type { Topic } from '@throughline/local';
import { catalogueGroups, deadLetterTopic, serviceOf, topicCatalogue } from '@throughline/local';
import { stringify } from 'yaml';

const cluster = 'throughline';
const namespace = 'kafka';
const labels = { 'strimzi.io/cluster': cluster };
const adapters = (groups: string[]): string[] => groups.filter((group) => group.startsWith('channel-'));

/** Services that a word of the catalogue stands for. */
const servicesOf = (word: string, groups: string[]): string[] => {
  if (word === 'channel adapters') return adapters(groups);
  // Adapters speak with the core over their two topics only.
  if (word === 'all') return groups.filter((group) => !adapters(groups).includes(group));
  return [word];
};

const kafkaTopic = ({ name, partitions, retentionDays, about }: Topic) => ({
  apiVersion: 'kafka.strimzi.io/v1',
  kind: 'KafkaTopic',
  metadata: { name, namespace, labels, annotations: { 'throughline/about': about } },
  spec: {
    partitions,
    replicas: 3,
    config: { 'retention.ms': retentionDays * 86_400_000, 'min.insync.replicas': 2, 'cleanup.policy': 'delete' },
  },
});

type Operation = 'Read' | 'Write' | 'Describe' | 'DescribeConfigs' | 'Delete';
type ResourceType = 'topic' | 'group' | 'cluster';

/** One permission as Kafka and Strimzi both have it. */
export type Acl = { type: ResourceType; name: string; pattern: 'literal' | 'prefix'; operations: Operation[] };

const topicAcl = (name: string, operations: Operation[]): Acl => ({
  type: 'topic',
  name,
  pattern: 'literal',
  operations,
});

/** What each service may do on Kafka: its topics, its groups, their dead letters, and nothing else. */
export const permissions = (): Map<string, Acl[]> => {
  const groups = catalogueGroups();
  const topics = topicCatalogue().filter(({ name }) => !name.includes('.dlq.'));
  const writersOf = (topic: Topic) =>
    [topic.owner, ...(topic.writers ?? [])].flatMap((word) => servicesOf(word, groups));
  const all = new Map<string, Acl[]>();
  for (const service of new Set(groups.map((group) => serviceOf(group, groups)))) {
    const own = topics.flatMap((topic) => {
      const reads = topic.readers.flatMap((word) => servicesOf(word, groups)).includes(service);
      const writes = writersOf(topic).includes(service);
      const operations: Operation[] = [...(reads ? ['Read' as const] : []), ...(writes ? ['Write' as const] : [])];
      return operations.length > 0 ? [topicAcl(topic.name, [...operations, 'Describe'])] : [];
    });
    all.set(service, [
      ...own,
      ...groups
        .filter((group) => serviceOf(group, groups) === service)
        .flatMap((group): Acl[] => [
          topicAcl(deadLetterTopic(group), ['Write', 'Describe']),
          { type: 'group', name: group, pattern: 'literal', operations: ['Read', 'Describe'] },
        ]),
    ]);
  }
  // Whoever runs `npm run ops`: looks at everything, sends dead letters again, reads with groups of its own.
  all.set('operators', [
    { type: 'topic', name: '*', pattern: 'literal', operations: ['Read', 'Write', 'Describe', 'DescribeConfigs'] },
    { type: 'group', name: '*', pattern: 'literal', operations: ['Describe'] },
    { type: 'group', name: 'throughline-reader-', pattern: 'prefix', operations: ['Read', 'Delete'] },
    { type: 'cluster', name: 'kafka-cluster', pattern: 'literal', operations: ['Describe'] },
  ]);
  return all;
};

const resourceOf = ({ type, name, pattern }: Acl) =>
  type === 'cluster' ? { type } : { type, name, patternType: pattern };

const kafkaUser = (service: string, acls: Acl[]) => ({
  apiVersion: 'kafka.strimzi.io/v1',
  kind: 'KafkaUser',
  metadata: { name: `throughline-${service}`, namespace, labels },
  spec: {
    authentication: { type: 'scram-sha-512' },
    authorization: {
      type: 'simple',
      acls: acls.map((acl) => ({ resource: resourceOf(acl), operations: acl.operations, host: '*' })),
    },
    // One service gone wild must not take the brokers from the others.
    quotas: { producerByteRate: 20_971_520, consumerByteRate: 83_886_080, requestPercentage: 200 },
  },
});

const head = '# Made from infra/kafka/topics.yaml by `npm run k8s -- render`. Do not edit: a test compares them.\n';
const documents = (list: object[]): string =>
  head + list.map((entry) => `---\n${stringify(entry, { lineWidth: 160 })}`).join('');

export const topicsManifest = (): string => documents(topicCatalogue().map(kafkaTopic));
export const usersManifest = (): string =>
  documents([...permissions()].map(([service, acls]) => kafkaUser(service, acls)));
