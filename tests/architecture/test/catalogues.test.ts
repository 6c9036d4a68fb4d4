import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogueGroups, repoRoot, topicCatalogue } from '@throughline/local';
import { services, sourceFiles } from '../src/source-files';

const sources = (service: string) => sourceFiles(`services/${service}/src`);
const quoted = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].flatMap((match) => match[1] ?? []);
const all = services().flatMap(sources);
const topicsIn = (text: string): string[] => quoted(text, /['"`]([a-z][a-z-]*\.[a-z]+\.v\d+)['"`]/g);

const protoFiles = (path: string): string =>
  readdirSync(path)
    .filter((name) => name.endsWith('.proto'))
    .map((name) => readFileSync(join(path, name), 'utf8'))
    .join('\n');

const sourceOfContract = (folder: string): string => {
  const path = join(repoRoot, 'proto/throughline', folder);
  return existsSync(path) ? protoFiles(path) : '';
};

const shared = [
  'KAFKA_BROKERS',
  'KAFKA_TOPIC_PREFIX',
  'KAFKA_TLS',
  'KAFKA_TLS_CA',
  'KAFKA_SASL_MECHANISM',
  'KAFKA_SASL_USERNAME',
  'KAFKA_SASL_PASSWORD',
  'MONGO_TLS_CA',
  'MONGO_URL',
  'MONGO_DB',
  'MIGRATE_AT_START',
  'LOG_LEVEL',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'TRACE_SAMPLE_RATIO',
  'OPS_PORT',
  'GRPC_PORT',
  'HTTP_PORT',
  'CALLER_PUBLIC_KEY',
];

describe('catalogues and code agree', () => {
  it('every topic that code names is in infra/kafka/topics.yaml', () => {
    const listed = topicCatalogue().map(({ name }) => name);
    const used = new Set(all.flatMap(({ text }) => topicsIn(text)));
    expect(used.size).toBeGreaterThan(2);
    expect([...used].filter((name) => !listed.includes(name))).toEqual([]);
  });

  it('every writer and reader of a topic is a service, or a word for several', () => {
    const known = new Set([...services(), 'all', 'channel adapters', 'operators']);
    const words = topicCatalogue().flatMap(({ name, owner, writers = [], readers }) =>
      name.includes('.dlq.') ? [] : [owner, ...writers, ...readers],
    );
    expect(words.filter((word) => !known.has(word))).toEqual([]);
  });

  it('every service that names a topic in its code may write or read it', () => {
    const isAdapter = (service: string): boolean => service.startsWith('channel-');
    const meant = (word: string, service: string): boolean =>
      word === service || (isAdapter(service) ? word === 'channel adapters' : word === 'all');
    const wrong = services().flatMap((service) =>
      [...new Set(sources(service).flatMap(({ text }) => topicsIn(text)))].flatMap((name) => {
        const { owner = '', writers = [], readers = [] } = topicCatalogue().find((one) => one.name === name) ?? {};
        return [owner, ...writers, ...readers].some((word) => meant(word, service)) ? [] : [`${service}: ${name}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('every topic of a service that exists is named by its code', () => {
    const owned = topicCatalogue().filter(({ owner, name }) => services().includes(owner) && !name.includes('.dlq.'));
    const missing = owned.filter(
      ({ owner, name }) => !sources(owner).some(({ text }) => topicsIn(text).includes(name)),
    );
    expect(missing.map(({ name }) => name)).toEqual([]);
  });

  it('every service that consumes has its dead-letter topic', () => {
    const consumers = services().filter((name) => sources(name).some(({ text }) => /\bconsumes\(/.test(text)));
    expect(consumers.filter((name) => !catalogueGroups().includes(name))).toEqual([]);
  });

  it('every event type that code names is a message of the contract', () => {
    const types = new Set(all.flatMap(({ text }) => quoted(text, /['"`](throughline\.[a-z]+\.v\d+\.[A-Z]\w+)['"`]/g)));
    const unknown = [...types].filter((type) => {
      const [, service, version, message] = type.split('.');
      // Services still to come have no contract yet; their names are texts for a person.
      return (
        existsSync(join(repoRoot, 'proto/throughline', `${service}`)) &&
        !sourceOfContract(`${service}/${version}`).includes(` ${message} {`)
      );
    });
    expect(unknown).toEqual([]);
  });

  it.each(services())('the README of %s lists its settings', (service) => {
    const readme = readFileSync(join(repoRoot, 'services', service, 'README.md'), 'utf8');
    const config = readFileSync(join(repoRoot, 'services', service, 'src/config.ts'), 'utf8');
    const settings = quoted(config, /^\s+([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+):/gm).filter((name) => !shared.includes(name));
    // `…_CLIENT` after a full name saves a line; it counts when the name ends so.
    const endings = quoted(readme, /…(_[A-Z_]+)/g);
    const told = (name: string): boolean => readme.includes(name) || endings.some((ending) => name.endsWith(ending));
    expect(settings.filter((name) => !told(name))).toEqual([]);
  });
});
