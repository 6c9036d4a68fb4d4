import { spawnSync } from 'node:child_process';
import type { ConfigError } from '../src';
import { databaseSettings, flag, integer, json, list, parseConfig, sharedSettings, text, z } from '../src';

const schema = z.object({
  ...sharedSettings,
  ...databaseSettings('conversation'),
  HTTP_PORT: integer(0, 65_535, 8080),
  DEMO_ON: flag(false),
  DEMO_NAMES: list('a,b', ['x']),
  DEMO_SECRET: text('any text'),
  DEMO_ROWS: json(z.array(z.object({ id: z.string() })), '[{"id":"a"}]', '[]'),
});

const good = {
  KAFKA_BROKERS: 'a:1, b:2',
  MONGO_URL: 'mongodb://127.0.0.1:27017/?replicaSet=rs0',
  DEMO_SECRET: 's3cret',
};

const linesFor = (env: Record<string, string | undefined>): string[] => {
  try {
    parseConfig(schema, env);
    return [];
  } catch (error) {
    return (error as ConfigError).lines;
  }
};

it('reads values and fills defaults', () => {
  expect(parseConfig(schema, { ...good, HTTP_PORT: '9', DEMO_ON: 'true', DEMO_ROWS: '[{"id":"q"}]' })).toMatchObject({
    KAFKA_BROKERS: ['a:1', 'b:2'],
    MONGO_DB: 'conversation',
    HTTP_PORT: 9,
    DEMO_ON: true,
    DEMO_NAMES: ['x'],
    DEMO_ROWS: [{ id: 'q' }],
    LOG_LEVEL: 'info',
    TRACE_SAMPLE_RATIO: 0.01,
  });
});

it('takes an empty variable as not set', () => {
  expect(parseConfig(schema, { ...good, HTTP_PORT: '', OTEL_EXPORTER_OTLP_ENDPOINT: '' }).HTTP_PORT).toBe(8080);
});

it('names every missing setting at once, with an example', () => {
  const lines = linesFor({});
  expect(lines).toHaveLength(3);
  expect(lines).toContain('KAFKA_BROKERS: is required, for example KAFKA_BROKERS=127.0.0.1:19092');
});

it.each([
  ['KAFKA_BROKERS', 'nobroker', /host:port/],
  ['HTTP_PORT', '70000', /whole number from 0 to 65535/],
  ['HTTP_PORT', '80x', /whole number/],
  ['MONGO_URL', 'http://x', /mongodb:\/\//],
  ['LOG_LEVEL', 'loud', /one of trace/],
  ['TRACE_SAMPLE_RATIO', '2', /from 0 to 1/],
  ['DEMO_ROWS', '{', /must be JSON/],
  ['DEMO_ROWS', '[{"id":7}]', /0\.id/],
  ['DEMO_ON', 'yes', /true or false/],
])('%s=%s is named with its rule', (name, value, rule) => {
  const lines = linesFor({ ...good, [name]: value });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(new RegExp(`^${name}: `));
  expect(lines[0]).toMatch(rule);
});

it('never prints a value: it may be a secret', () => {
  expect(linesFor({ ...good, KAFKA_BROKERS: 'hunter2', DEMO_ROWS: 'hunter2' }).join()).not.toContain('hunter2');
});

it('ends the process with 78', () => {
  const program = `
    const { readConfig, z, text } = require(${JSON.stringify(`${__dirname}/../src/index.ts`)});
    readConfig(z.object({ NEEDED: text('x') }), {});`;
  const hook = `
    const swc = require('@swc/core'), fs = require('fs'), path = require('path');
    require.extensions['.ts'] = (m, f) => m._compile(swc.transformSync(fs.readFileSync(f, 'utf8'),
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' } }).code, f);`;
  const result = spawnSync(process.execPath, ['-e', hook + program], {
    encoding: 'utf8',
    cwd: `${__dirname}/../../..`,
  });
  expect(result.stderr).toContain('NEEDED: is required, for example NEEDED=x');
  expect(result.status).toBe(78);
});

it('says which setting another one needs', () => {
  expect(linesFor({ ...good, KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'me' })).toEqual([
    'KAFKA_SASL_PASSWORD: is required when KAFKA_SASL_MECHANISM is set',
  ]);
  expect(linesFor({ ...good, KAFKA_SASL_PASSWORD: 'p' })).toEqual([
    'KAFKA_SASL_MECHANISM: is required when KAFKA_SASL_PASSWORD is set, for example KAFKA_SASL_MECHANISM=scram-sha-512',
  ]);
  expect(linesFor({ ...good, KAFKA_TLS_CA: '/etc/ca.pem' })).toEqual([
    'KAFKA_TLS_CA: must be certificates in PEM, for example KAFKA_TLS_CA=-----BEGIN CERTIFICATE-----…',
  ]);
});
