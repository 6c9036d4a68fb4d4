import { parseAllDocuments } from 'yaml';

export type Labels = Record<string, string>;

export type Container = {
  name: string;
  image?: string;
  env?: { name: string; value?: string; valueFrom?: object }[];
  ports?: { name?: string; containerPort: number }[];
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  securityContext?: {
    allowPrivilegeEscalation?: boolean;
    readOnlyRootFilesystem?: boolean;
    runAsNonRoot?: boolean;
    privileged?: boolean;
    capabilities?: { drop?: string[]; add?: string[] };
  };
  livenessProbe?: { httpGet?: { path: string } };
  readinessProbe?: { httpGet?: { path: string } };
  lifecycle?: { preStop?: { sleep?: { seconds: number } } };
};

export type PodSpec = {
  automountServiceAccountToken?: boolean;
  hostNetwork?: boolean;
  hostPID?: boolean;
  hostIPC?: boolean;
  terminationGracePeriodSeconds?: number;
  securityContext?: { runAsNonRoot?: boolean; seccompProfile?: { type: string } };
  topologySpreadConstraints?: object[];
  containers: Container[];
  volumes?: Record<string, unknown>[];
};

/** As much of any manifest as our policies look at. */
export type K8sObject = {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels?: Labels; annotations?: Labels };
  spec?: {
    replicas?: number;
    selector?: { matchLabels?: Labels } & Labels;
    podSelector?: { matchLabels?: Labels };
    policyTypes?: string[];
    ingress?: object[];
    egress?: object[];
    minReplicas?: number;
    minReplicaCount?: number;
    scaleTargetRef?: { name: string };
    strategy?: { rollingUpdate?: { maxUnavailable?: number | string } };
    template?: { metadata?: { labels?: Labels }; spec: PodSpec };
  };
};

/** The objects of a file of manifests; empty documents are left out. */
export const parseObjects = (manifests: string): K8sObject[] =>
  parseAllDocuments(manifests).flatMap((document) => {
    if (document.errors.length > 0) throw document.errors[0]!;
    const value = document.toJS() as K8sObject | null;
    return value ? [value] : [];
  });
