import type { Container, K8sObject, Labels, PodSpec } from './objects';
import type { Fault } from './schemas';

/** A rule over one container of a workload. Each says what must hold and why. */
type Rule<T> = { name: string; why: string; holds: (subject: T, all: K8sObject[]) => boolean };

type Pod = { owner: K8sObject; spec: PodSpec };
type Inside = Pod & { container: Container };

const secretName = /(SECRET|PASSWORD|TOKEN|PRIVATE_KEY|_KEYS|MONGO_URL|RELAY_URL|ACCOUNTS)/;

const containerRules: Rule<Inside>[] = [
  {
    name: 'image-pinned',
    why: 'the image needs a version or a digest, and latest is none: nobody could tell what runs',
    holds: ({ container: { image = '' } }) => /@sha256:[0-9a-f]{64}$/.test(image) || /:(?!latest$)[^:/]+$/.test(image),
  },
  {
    name: 'no-privilege',
    why: 'PodSecurity restricted: no privileged container, no escalation, no added capability, all dropped',
    holds: ({ container: { securityContext: context = {} } }) =>
      context.privileged !== true &&
      context.allowPrivilegeEscalation === false &&
      (context.capabilities?.add ?? []).length === 0 &&
      (context.capabilities?.drop ?? []).includes('ALL'),
  },
  {
    name: 'read-only-root',
    why: 'the root file system must be read-only: who breaks in cannot leave anything behind',
    holds: ({ container }) => container.securityContext?.readOnlyRootFilesystem === true,
  },
  {
    name: 'bounded',
    why: 'requests for cpu and memory and a limit of memory are needed: else one pod takes the node',
    holds: ({ container: { resources = {} } }) =>
      Boolean(resources.requests?.cpu && resources.requests.memory && resources.limits?.memory),
  },
  {
    name: 'secrets-by-reference',
    why: 'a secret stands in a Secret, never in a manifest',
    holds: ({ container: { env = [] } }) =>
      env.every(({ name, value }) => value === undefined || !secretName.test(name)),
  },
];

const longRunning = ({ owner }: Pod) => owner.kind !== 'Job';

const servingRules: Rule<Inside>[] = [
  {
    name: 'honest-probes',
    why: 'liveness asks only whether the process lives, readiness whether it may get work; the same question for both restarts what is merely waiting',
    holds: ({ container: { livenessProbe, readinessProbe } }) =>
      livenessProbe?.httpGet?.path === '/livez' && readinessProbe?.httpGet?.path === '/readyz',
  },
  {
    name: 'ordered-drain',
    why: 'a pod must serve while endpoints forget it and then have 30 s to drain: grace ≥ preStop + 30',
    holds: ({ container, spec }) => {
      const wait = container.lifecycle?.preStop?.sleep?.seconds ?? 0;
      return wait >= 1 && (spec.terminationGracePeriodSeconds ?? 30) >= wait + 30;
    },
  },
];

const podRules: Rule<Pod>[] = [
  {
    name: 'not-root',
    why: 'PodSecurity restricted: not root, default seccomp profile',
    holds: ({ spec: { securityContext: context } }) =>
      context?.runAsNonRoot === true && context.seccompProfile?.type === 'RuntimeDefault',
  },
  {
    name: 'no-host',
    why: 'nothing of the host: network, processes, files',
    holds: ({ spec }) =>
      !spec.hostNetwork &&
      !spec.hostPID &&
      !spec.hostIPC &&
      (spec.volumes ?? []).every((volume) => !('hostPath' in volume)),
  },
  {
    name: 'no-cluster-token',
    why: 'no service talks to the API server, so none gets a token for it',
    holds: ({ spec }) => spec.automountServiceAccountToken === false,
  },
];

const matches = (selector: Labels | undefined, labels: Labels = {}): boolean =>
  selector !== undefined && Object.entries(selector).every(([name, value]) => labels[name] === value);

const podLabels = (object: K8sObject): Labels => object.spec?.template?.metadata?.labels ?? {};
const workloads = (all: K8sObject[]) => all.filter(({ kind }) => kind === 'Deployment' || kind === 'Job');
const scalersOf = ({ metadata }: K8sObject, all: K8sObject[]) =>
  all.filter(({ spec }) => spec?.scaleTargetRef?.name === metadata.name);

/** Fewest pods that a deployment has in a quiet moment. */
const leastPods = (deployment: K8sObject, all: K8sObject[]): number => {
  const [scaler] = scalersOf(deployment, all);
  return scaler ? (scaler.spec?.minReplicas ?? scaler.spec?.minReplicaCount ?? 1) : (deployment.spec?.replicas ?? 1);
};

const deploymentRules: Rule<K8sObject>[] = [
  {
    name: 'no-gap',
    why: 'a roll-out never has less than all: maxUnavailable must be 0',
    holds: ({ spec }) => spec?.strategy?.rollingUpdate?.maxUnavailable === 0,
  },
  {
    name: 'budget',
    why: 'two or more pods need a PodDisruptionBudget: else emptying nodes takes them together',
    holds: (deployment, all) =>
      leastPods(deployment, all) < 2 ||
      all.some(
        ({ kind, spec }) =>
          kind === 'PodDisruptionBudget' && matches(spec?.selector?.matchLabels, podLabels(deployment)),
      ),
  },
  {
    name: 'one-owner-of-replicas',
    why: 'a deployment that is scaled must not name its replicas, or each upgrade sets them back; and only one scaler',
    holds: (deployment, all) => {
      const scalers = scalersOf(deployment, all);
      return scalers.length === 0 || (scalers.length === 1 && deployment.spec?.replicas === undefined);
    },
  },
  {
    name: 'spread',
    why: 'pods of one service are spread over zones and hosts',
    holds: ({ spec }) => (spec?.template?.spec.topologySpreadConstraints ?? []).length >= 2,
  },
];

const selectorOf = ({ kind, spec }: K8sObject): Labels | undefined => {
  if (kind === 'Service') return spec?.selector as Labels | undefined;
  if (kind === 'PodDisruptionBudget') return spec?.selector?.matchLabels;
  if (kind === 'NetworkPolicy') return spec?.podSelector?.matchLabels;
  return undefined;
};

const referenceRules: Rule<K8sObject>[] = [
  {
    name: 'selects-something',
    why: 'the selector matches no pod: a typing error that would go unseen',
    holds: (object, all) => {
      const selector = selectorOf(object);
      return selector === undefined || workloads(all).some((workload) => matches(selector, podLabels(workload)));
    },
  },
  {
    name: 'scales-something',
    why: 'the deployment that it scales does not exist',
    holds: ({ spec }, all) =>
      spec?.scaleTargetRef === undefined ||
      all.some(({ kind, metadata }) => kind === 'Deployment' && metadata.name === spec.scaleTargetRef?.name),
  },
  {
    name: 'says-why',
    why: 'a scaler says why it scales on what it scales on (annotation throughline/why)',
    holds: ({ spec, metadata }) =>
      spec?.scaleTargetRef === undefined || Boolean(metadata.annotations?.['throughline/why']),
  },
];

const wholeRules: Rule<K8sObject[]>[] = [
  {
    name: 'default-deny',
    why: 'with network policies there must be one that denies every pod both ways unless another names the flow',
    holds: (all) => {
      const policies = all.filter(({ kind }) => kind === 'NetworkPolicy');
      if (policies.length === 0) return true;
      return workloads(all).every((workload) =>
        policies.some(
          ({ spec }) =>
            matches(spec?.podSelector?.matchLabels, podLabels(workload)) &&
            spec?.ingress === undefined &&
            spec?.egress === undefined &&
            spec?.policyTypes?.length === 2,
        ),
      );
    },
  },
];

const named = ({ kind, metadata }: K8sObject, inside = ''): string => `${kind}/${metadata.name}${inside}`;

/** Every policy that a set of manifests breaks, with the object and the reason. */
export const policyFaults = (all: K8sObject[]): Fault[] => {
  const faults: Fault[] = [];
  const check = <T>(rules: Rule<T>[], subject: T, object: string) => {
    for (const { name, why, holds } of rules)
      if (!holds(subject, all)) faults.push({ object, message: `${name}: ${why}` });
  };
  for (const owner of workloads(all)) {
    const spec = owner.spec!.template!.spec;
    const pod = { owner, spec };
    check(podRules, pod, named(owner));
    for (const container of spec.containers) {
      const inside = named(owner, `/${container.name}`);
      check(containerRules, { ...pod, container }, inside);
      if (longRunning(pod)) check(servingRules, { ...pod, container }, inside);
    }
    if (owner.kind === 'Deployment') check(deploymentRules, owner, named(owner));
  }
  for (const object of all) check(referenceRules, object, named(object));
  check(wholeRules, all, 'manifests');
  return faults;
};
