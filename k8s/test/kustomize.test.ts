import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { template } from '../src/helm';
import { kustomize } from '../src/kustomize';
import { parseObjects } from '../src/objects';
import { profiles, renderedDir } from '../src/paths';
import { policyFaults } from '../src/policy';
import { schemaFaults } from '../src/schemas';
import { describeWithTools } from './when-there';

const home = mkdtempSync(join(tmpdir(), 'throughline-kustomize-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const baseOf = (profile: (typeof profiles)[number]): string =>
  relative(join(home, 'overlay'), join(renderedDir, profile));

let overlays = 0;
/** Builds an overlay as somebody keeps it in a repository of their own, with ours beside it. */
const overlay = (kustomization: string, base: string) => {
  const folder = join(home, `overlay-${overlays++}`);
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'kustomization.yaml'),
    `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [${base}]\n${kustomization}`,
  );
  return kustomize(folder);
};

const identities = (manifests: string): string[] =>
  parseObjects(manifests)
    .map(({ kind, metadata }) => `${kind}/${metadata.name}`)
    .sort();

describeWithTools('the rendered profiles as Kustomize bases', () => {
  it.each(profiles)('%s builds into the same objects', (profile) => {
    const { ok, out, said } = kustomize(join(renderedDir, profile));
    expect({ ok, said }).toEqual({ ok: true, said: '' });
    expect(identities(out)).toEqual(identities(template(profile).out));
    const byName = (manifests: string) =>
      new Map(parseObjects(manifests).map((one) => [`${one.kind}/${one.metadata.name}`, one]));
    expect(byName(out)).toEqual(byName(template(profile).out));
  });

  it('takes an overlay that changes image, scaling, labels and one setting, and stays valid', () => {
    const { ok, out, said } = overlay(
      `images:
  - name: registry.example.org/throughline/throughline
    newName: registry.internal.example/throughline
    digest: sha256:${'0123456789abcdef'.repeat(4)}
labels:
  - pairs: { team: service-desk }
patches:
  - target: { kind: HorizontalPodAutoscaler, name: throughline-gateway }
    patch: |-
      - op: replace
        path: /spec/minReplicas
        value: 3
  - target: { kind: Deployment, name: throughline-sla }
    patch: |-
      - op: add
        path: /spec/template/spec/containers/0/env/-
        value: { name: SLA_LEASE_MS, value: "8000" }
`,
      baseOf('small'),
    );
    expect({ ok, said }).toEqual({ ok: true, said: '' });
    const objects = parseObjects(out);
    const deployment = (name: string) =>
      objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name)! as unknown as {
        metadata: { labels: Record<string, string> };
        spec: { template: { spec: { containers: { image: string; env: object[] }[] } } };
      };
    const scaler = objects.find(
      ({ kind, metadata }) => kind === 'HorizontalPodAutoscaler' && metadata.name === 'throughline-gateway',
    );
    expect(scaler?.spec).toMatchObject({ minReplicas: 3 });
    expect(deployment('throughline-sla').metadata.labels['team']).toBe('service-desk');
    expect(deployment('throughline-sla').spec.template.spec.containers[0]!.env).toContainEqual({
      name: 'SLA_LEASE_MS',
      value: '8000',
    });
    for (const { kind, spec } of objects) {
      const pods = (spec as { template?: { spec?: { containers?: { image: string }[] } } } | undefined)?.template?.spec;
      for (const { image } of (kind === 'Deployment' && pods?.containers) || [])
        expect(image).toBe(`registry.internal.example/throughline@sha256:${'0123456789abcdef'.repeat(4)}`);
    }
    expect(schemaFaults(out)).toEqual([]);
    expect(policyFaults(objects)).toEqual([]);
  });

  it.each([
    [
      'a patch of a deployment that is not there',
      'patches:\n  - target: { kind: Deployment, name: throughline-console }\n    path: none.yaml\n',
    ],
    ['a field that kustomizations do not have', 'replica: 3\n'],
  ])('refuses %s', (_what, kustomization) => {
    expect(overlay(kustomization, baseOf('small')).ok).toBe(false);
  });

  it.each([
    [
      'a root file system that may be written',
      `patches:
  - target: { kind: Deployment, name: throughline-sla }
    patch: |-
      - op: replace
        path: /spec/template/spec/containers/0/securityContext/readOnlyRootFilesystem
        value: false
`,
      /sla/,
    ],
    ['replicas of what an autoscaler scales', 'replicas:\n  - name: throughline-gateway\n    count: 3\n', /gateway/],
  ])('builds %s, and our policies see it', (_what, kustomization, object) => {
    const { ok, out } = overlay(kustomization, baseOf('small'));
    expect(ok).toBe(true);
    const faults = policyFaults(parseObjects(out));
    expect(faults.map((fault) => fault.object).join()).toMatch(object);
  });
});
