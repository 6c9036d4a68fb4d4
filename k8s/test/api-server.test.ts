import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { template } from '../src/helm';
import type { K8sObject } from '../src/objects';
import { parseObjects } from '../src/objects';
import { examplesDir, profiles } from '../src/paths';
import { startApiServer } from './api-server';
import { describeWithServer } from './when-there';

/** A copy in which the first `from` of its text is `to`. */
const changed = (object: K8sObject, from: string, to: string): K8sObject => {
  const text = JSON.stringify(object);
  expect(text).toContain(from);
  return JSON.parse(text.replace(from, to));
};

/** The pod that a deployment or a job asks for: the admission to the namespace judges pods, not what makes them. */
const podOf = ({ metadata, spec }: K8sObject): K8sObject[] => {
  const made = spec?.template;
  if (!made) return [];
  return [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: metadata.name, labels: made.metadata?.labels ?? {} },
      spec: made.spec as unknown as NonNullable<K8sObject['spec']>,
    },
  ];
};

describeWithServer('a real API server, asked what it would do with each object', () => {
  const objectsOf = (profile: (typeof profiles)[number]) => parseObjects(template(profile).out);
  let server: Awaited<ReturnType<typeof startApiServer>>;
  let small: K8sObject[];
  beforeAll(async () => {
    const [namespace] = parseObjects(readFileSync(join(examplesDir, 'namespaces.yaml'), 'utf8'));
    small = objectsOf('small');
    server = await startApiServer(namespace!, new Set(profiles.flatMap(objectsOf).map(({ kind }) => kind)));
  }, 120_000);
  afterAll(() => server?.stop(), 30_000);

  const first = (kind: string) => small.find((one) => one.kind === kind)!;

  it.each(profiles)(
    'takes every object of profile %s, and every pod under the restricted standard',
    async (profile) => {
      const objects = objectsOf(profile);
      const pods = objects.flatMap(podOf);
      expect(pods.length).toBeGreaterThan(9);
      const refused = [];
      for (const object of [...objects, ...pods]) {
        const verdict = await server.judge(object);
        if (verdict.status !== 201) refused.push(verdict);
      }
      expect(refused).toEqual([]);
    },
    60_000,
  );

  // What a schema cannot say: rules between fields, and what the namespace admits.
  it.each<[string, () => K8sObject, number, RegExp]>([
    [
      'a misspelt field',
      () => changed(first('Deployment'), 'readOnlyRootFilesystem', 'readonlyRootFilesystem'),
      400,
      /unknown field/,
    ],
    [
      'a selector that misses its own pods',
      () => {
        const broken = structuredClone(first('Deployment'));
        Object.assign(broken.spec!, { selector: { matchLabels: { app: 'another' } } });
        return broken;
      },
      422,
      /selector.*does not match template/,
    ],
    [
      'an autoscaler whose least is more than its most',
      () => {
        const broken = structuredClone(first('HorizontalPodAutoscaler'));
        broken.spec!.minReplicas = 1_000;
        return broken;
      },
      422,
      /maxReplicas|minReplicas/,
    ],
    [
      'a pod that may become root',
      () =>
        changed(podOf(first('Deployment'))[0]!, '"allowPrivilegeEscalation":false', '"allowPrivilegeEscalation":true'),
      403,
      /violates PodSecurity "restricted/,
    ],
    [
      'a route whose path is no path',
      () => changed(first('HTTPRoute'), '"value":"/', '"value":"no'),
      422,
      /absolute path|must start with/,
    ],
    ['a kind that nobody defined', () => ({ ...first('Service'), kind: 'Servant' }), 404, /no kind Servant/],
  ])('refuses %s', async (_what, make, status, said) => {
    const verdict = await server.judge(make());
    expect(verdict).toMatchObject({ status, said: expect.stringMatching(said) });
  });
});
