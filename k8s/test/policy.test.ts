import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { K8sObject } from '../src/objects';
import { parseObjects } from '../src/objects';
import { renderedDir } from '../src/paths';
import { policyFaults } from '../src/policy';

const manifests = readFileSync(join(renderedDir, 'production', 'throughline.yaml'), 'utf8');
const objects = (): K8sObject[] => parseObjects(manifests);
const find = (all: K8sObject[], kind: string, name: string): K8sObject =>
  all.find((object) => object.kind === kind && object.metadata.name === `throughline-${name}`)!;
const pod = (all: K8sObject[]) => find(all, 'Deployment', 'sla').spec!.template!.spec;
const container = (all: K8sObject[]) => pod(all).containers[0]!;

it('finds no fault in what is rendered', () => {
  expect(policyFaults(objects())).toEqual([]);
});

// Each policy with a manifest that must fail.
const broken: [policy: string, change: (all: K8sObject[]) => unknown][] = [
  ['image-pinned', (all) => Object.assign(container(all), { image: 'registry.example.org/throughline' })],
  ['image-pinned', (all) => Object.assign(container(all), { image: 'registry.example.org:5000/throughline:latest' })],
  ['no-privilege', (all) => Object.assign(container(all).securityContext!, { allowPrivilegeEscalation: true })],
  ['no-privilege', (all) => Object.assign(container(all).securityContext!, { capabilities: { drop: ['NET_RAW'] } })],
  ['read-only-root', (all) => delete container(all).securityContext!.readOnlyRootFilesystem],
  ['bounded', (all) => delete container(all).resources!.limits],
  ['bounded', (all) => delete container(all).resources!.requests!['cpu']],
  ['secrets-by-reference', (all) => container(all).env!.push({ name: 'MONGO_URL', value: 'mongodb://me:secret@db' })],
  ['honest-probes', (all) => Object.assign(container(all), { livenessProbe: { httpGet: { path: '/readyz' } } })],
  ['ordered-drain', (all) => delete container(all).lifecycle],
  ['ordered-drain', (all) => Object.assign(pod(all), { terminationGracePeriodSeconds: 30 })],
  ['not-root', (all) => Object.assign(pod(all).securityContext!, { runAsNonRoot: false })],
  ['not-root', (all) => delete pod(all).securityContext!.seccompProfile],
  ['no-host', (all) => Object.assign(pod(all), { hostNetwork: true })],
  ['no-host', (all) => pod(all).volumes!.push({ name: 'root', hostPath: { path: '/' } })],
  ['no-cluster-token', (all) => delete pod(all).automountServiceAccountToken],
  ['no-gap', (all) => Object.assign(find(all, 'Deployment', 'sla').spec!, { strategy: {} })],
  ['budget', (all) => all.splice(all.indexOf(find(all, 'PodDisruptionBudget', 'sla')), 1)],
  ['one-owner-of-replicas', (all) => Object.assign(find(all, 'Deployment', 'sla').spec!, { replicas: 3 })],
  ['spread', (all) => delete pod(all).topologySpreadConstraints],
  ['selects-something', (all) => Object.assign(find(all, 'Service', 'sla-grpc').spec!.selector!, { app: 'slo' })],
  ['scales-something', (all) => Object.assign(find(all, 'ScaledObject', 'sla').spec!.scaleTargetRef!, { name: 'slo' })],
  ['says-why', (all) => delete find(all, 'ScaledObject', 'sla').metadata.annotations],
  ['default-deny', (all) => all.splice(all.indexOf(find(all, 'NetworkPolicy', 'default-deny')), 1)],
];

it.each(broken)('%s is found when it is broken', (policy, change) => {
  const all = objects();
  change(all);
  const found = policyFaults(all).map(({ message }) => message.split(':')[0]);
  expect(found).toContain(policy);
});

it('has a manifest that must fail for every policy', () => {
  const rules = [...readFileSync(join(__dirname, '../src/policy.ts'), 'utf8').matchAll(/^ {4}name: '([a-z-]+)'/gm)];
  expect(new Set(broken.map(([policy]) => policy))).toEqual(new Set(rules.map((match) => match[1])));
});
