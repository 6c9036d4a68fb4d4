import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoRoot } from '@throughline/local';
import { lint, template } from '../src/helm';
import { parseObjects } from '../src/objects';
import { chartDir, examplesDir, profiles } from '../src/paths';
import { policyFaults } from '../src/policy';
import { plainFiles, renderedFiles, staleFiles } from '../src/render';
import { schemaFaults } from '../src/schemas';
import { chartServices } from '../src/values';
import { describeWithTools } from './when-there';

const typed = (manifest: string, from: string, to: string): string => {
  expect(manifest).toContain(from);
  return manifest.replace(from, to);
};

const services = readdirSync(join(repoRoot, 'services'), { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

describe('the map of services', () => {
  it('has one entry per service', () => {
    expect(Object.keys(chartServices()).sort()).toEqual(services.sort());
  });

  it.each(services)('sets for %s only settings that it reads', (service) => {
    const {
      secretEnv = {},
      optionalSecretEnv = {},
      env = {},
      kafka,
    } = chartServices()[service] as ReturnType<typeof chartServices>[string] & {
      env?: Record<string, string>;
    };
    const config = readFileSync(join(repoRoot, 'services', service, 'src', 'config.ts'), 'utf8');
    const set = [...Object.keys(secretEnv), ...Object.keys(optionalSecretEnv), ...Object.keys(env)];
    const unknown = set.filter((name) => !config.includes(name));
    expect(unknown).toEqual([]);
    expect(kafka !== false).toBe(!/KAFKA_BROKERS: _/.test(config));
  });

  it('sets every setting that has no default', () => {
    const missing = services.flatMap((service) => {
      const {
        secretEnv = {},
        env = {},
        calls,
      } = chartServices()[service] as {
        secretEnv?: object;
        env?: object;
        calls?: boolean;
      };
      const config = readFileSync(join(repoRoot, 'services', service, 'src', 'config.ts'), 'utf8');
      // `json(shape, example)` and `.string({ error: 'is required…' })` have none; the chart sets the shared ones itself.
      const required = [
        ...config.matchAll(/^ {2}([A-Z_]+): json\(\s*z\.array\([a-z]+\)\.min\(1\)/gm),
        ...config.matchAll(/^ {2}([A-Z_]+): z\s*\.string\(\{ error: 'is required/gm),
        ...config.matchAll(/^ {2}([A-Z_]+): backends/gm),
      ].map((match) => match[1]!);
      const set = new Set([...Object.keys(secretEnv), ...Object.keys(env), 'CALLER_PUBLIC_KEY']);
      if (calls) set.add('GATEWAY_BACKENDS');
      return required.filter((name) => !set.has(name)).map((name) => `${service}: ${name}`);
    });
    expect(missing).toEqual([]);
  });
});

describeWithTools('the chart', () => {
  it.each(profiles)('passes helm lint in profile %s', (profile) => {
    expect(lint(profile)).toMatchObject({ ok: true });
  });

  it('fails helm lint with a value that the schema does not know', () => {
    const { ok, out, said } = lint('small', '--set', 'services.sla.replica=3');
    expect(ok).toBe(false);
    expect(out + said).toMatch(/services\/sla.*'replica'/s);
  });

  it.each([
    ['image.tag=latest', /image\/tag/],
    ['kafka.brokers=kafka', /kafka\/brokers/],
    ['kafka.sasl.mechanism=gssapi', /kafka\/sasl\/mechanism/],
    ['mongo.tlsCaKey=a key', /mongo\/tlsCaKey/],
    ['telemetry.traceSampleRatio=2', /telemetry\/traceSampleRatio/],
    ['services.sla.env.sla_lease=1', /sla_lease/],
    ['services.sla.scale.by=mood', /services\/sla\/scale\/by/],
    ['defaults.resources.limits.memory=512M', /limits\/memory/],
    ['pod.preStopSeconds=100', /pod\.terminationGracePeriodSeconds: 60 is too short/],
    ['services.sla.scale.max=1', /services\.sla\.scale\.max: 1 is below scale\.min \(2\)/],
    ['services.sla.packages={throughline.journey}', /throughline\.journey is served by journey already/],
    ['services.gateway.scale.by=lag', /services\.gateway\.scale\.(lag|by)/],
  ])('refuses %s and says which value', (setting, message) => {
    const { ok, said } = template('small', '--set', setting);
    expect(ok).toBe(false);
    expect(said).toMatch(message);
  });

  it('renders what is committed: run `npm run k8s -- render` after a change', () => {
    const files = new Map([...plainFiles(), ...renderedFiles()]);
    expect(staleFiles(files)).toEqual([]);
    // And a difference of one letter is seen.
    const [path, content] = [...files][0]!;
    expect(staleFiles(new Map([[path, `${content} `]]))).toHaveLength(1);
  });

  it.each(profiles)('renders profile %s into objects that the API server takes and no policy forbids', (profile) => {
    const { out } = template(profile);
    expect(parseObjects(out).length).toBeGreaterThan(20);
    expect(schemaFaults(out)).toEqual([]);
    expect(policyFaults(parseObjects(out))).toEqual([]);
  });

  it('hands each service its own user, and secrets by their keys only', () => {
    const { out } = template('production', '--set', 'mongo.tlsCaKey=mongo-ca');
    const pods = parseObjects(out).filter(({ kind }) => kind === 'Deployment');
    expect(pods.length).toBe(services.length);
    for (const { metadata, spec } of pods) {
      const [container] = (spec as { template: { spec: { containers: { env: object[] }[] } } }).template.spec
        .containers;
      const service = metadata.name.replace('throughline-', '');
      const from = (key: string) => ({ valueFrom: { secretKeyRef: { name: 'throughline', key } } });
      expect(container!.env).toContainEqual({ name: 'MONGO_TLS_CA', ...from('mongo-ca') });
      if (service === 'gateway') continue;
      expect(container!.env).toEqual(
        expect.arrayContaining([
          { name: 'KAFKA_TLS', value: 'true' },
          { name: 'KAFKA_TLS_CA', ...from('kafka-ca') },
          { name: 'KAFKA_SASL_MECHANISM', value: 'scram-sha-512' },
          { name: 'KAFKA_SASL_USERNAME', value: `throughline-${service}` },
          { name: 'KAFKA_SASL_PASSWORD', ...from(`kafka-password-${service}`) },
        ]),
      );
    }
  });

  it('knows a new service everywhere from one entry', () => {
    const entry = ['packages={throughline.billing}', 'scale.by=none', 'scale.why=Nobody asked yet at all.'];
    const { out, said } = template('small', ...entry.flatMap((value) => ['--set', `services.billing.${value}`]));
    expect(said).toBe('');
    const names = parseObjects(out).map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    for (const kind of ['Deployment', 'ServiceAccount', 'PodDisruptionBudget'])
      expect(names).toContain(`${kind}/throughline-billing`);
    expect(names).toContain('Service/throughline-billing-grpc');
    expect(names).toContain('NetworkPolicy/throughline-allow-gateway-to-billing');
    expect(names).toContain('NetworkPolicy/throughline-allow-billing-from-gateway');
    expect(out).toContain('throughline.billing=throughline-billing-grpc:8081');
    expect(policyFaults(parseObjects(out))).toEqual([]);
  });

  it('scales on lag only where KEDA is, and never by two', () => {
    const scalers = (profile: 'small' | 'production') =>
      parseObjects(template(profile).out)
        .filter(({ kind }) => kind === 'ScaledObject' || kind === 'HorizontalPodAutoscaler')
        .map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(scalers('small')).toContain('HorizontalPodAutoscaler/throughline-journey');
    expect(scalers('production')).toContain('ScaledObject/throughline-journey');
    expect(scalers('production')).not.toContain('HorizontalPodAutoscaler/throughline-journey');
  });
});

describeWithTools('API schemas', () => {
  const small = () => template('small').out;

  it.each([
    ['a misspelt field', 'readOnlyRootFilesystem', 'readonlyRootFilesystem', /readonlyRootFilesystem/],
    ['a wrong type', 'maxUnavailable: 1\n', 'maxUnavailable: [1]\n', /maxUnavailable/],
    ['a route without a parent', 'parentRefs:', 'parents:', /parents/],
    ['a kind that nobody knows', 'kind: NetworkPolicy', 'kind: NetworkPolice', /could not find schema/],
  ])('refuse %s', (_what, from, to, message) => {
    const faults = schemaFaults(typed(small(), from, to));
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.map((fault) => fault.message).join()).toMatch(message);
  });

  it('refuse a scaler with a misspelt field', () => {
    const faults = schemaFaults(typed(template('production').out, 'pollingInterval', 'pollInterval'));
    expect(faults).toEqual([expect.objectContaining({ object: expect.stringContaining('ScaledObject/') })]);
  });

  it.each([
    'namespaces.yaml',
    'strimzi/kafka.yaml',
    'strimzi/topics.yaml',
    'strimzi/users.yaml',
    'mongodb/mongodb.yaml',
  ])('take the example %s', (file) => {
    const manifests = readFileSync(join(examplesDir, file), 'utf8');
    expect(parseObjects(manifests).length).toBeGreaterThan(0);
    expect(schemaFaults(manifests)).toEqual([]);
  });

  it('refuse an example with a wrong permission', () => {
    const users = readFileSync(join(examplesDir, 'strimzi/users.yaml'), 'utf8');
    expect(schemaFaults(typed(users, '- Read\n', '- Reed\n')).length).toBeGreaterThan(0);
  });
});

it('has a profile file for each profile and no other', () => {
  expect(readdirSync(join(chartDir, 'profiles')).sort()).toEqual(profiles.map((name) => `${name}.yaml`).sort());
});
