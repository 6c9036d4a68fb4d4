import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, fetchModule, kubernetesVersion, toolPath } from '@throughline/local';
import { parseAllDocuments } from 'yaml';
import { k8sDir } from './paths';

type Schema = { [key: string]: unknown };

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * An API schema as an API server reads it with strict field validation: a field that the type does not have is a fault.
 * References point into the same file.
 */
const strict = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(strict);
  if (!isObject(schema)) return schema;
  const out: Schema = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'description' || key === 'default') continue;
    out[key] = key === '$ref' ? String(value).replace('#/components/schemas/', '#/definitions/') : strict(value);
  }
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true || 'additionalProperties' in schema;
  if (isObject(schema['properties']) && !open) out['additionalProperties'] = false;
  if (schema['x-kubernetes-int-or-string'] === true) delete out['type'];
  return out;
};

type Kind = { group: string; version: string; kind: string };

const fileOf = ({ group, version, kind }: Kind): string => `${group || version}_${version}_${kind.toLowerCase()}.json`;

/** Schemas of the built-in kinds, from the OpenAPI documents that Kubernetes publishes with each release. */
const builtIn = (folder: string): [string, Schema][] => {
  const specs = join(folder, 'api', 'openapi-spec', 'v3');
  return readdirSync(specs)
    .filter((name) =>
      /^(api__v1|apis__(apps|batch|policy|autoscaling|networking\.k8s\.io|rbac.*)__v\d)_openapi\.json$/.test(name),
    )
    .flatMap((name) => {
      const { components } = JSON.parse(readFileSync(join(specs, name), 'utf8')) as {
        components: { schemas: Record<string, Schema> };
      };
      const definitions = strict(components.schemas);
      return Object.entries(components.schemas).flatMap(([id, schema]): [string, Schema][] => {
        const kinds = (schema['x-kubernetes-group-version-kind'] ?? []) as Kind[];
        return kinds.map((kind) => [fileOf(kind), { $ref: `#/definitions/${id}`, definitions }]);
      });
    });
};

type Definition = {
  spec: { group: string; names: { kind: string }; versions: { name: string; schema: { openAPIV3Schema: Schema } }[] };
};

/** Schemas of custom kinds, from the definitions that their operators install. */
const custom = (folder: string): [string, Schema][] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .flatMap((name) => parseAllDocuments(readFileSync(join(folder, name), 'utf8')))
    .flatMap((document) => {
      const definition = document.toJS() as (Definition & { kind: string }) | null;
      if (definition?.kind !== 'CustomResourceDefinition') return [];
      const { group, names, versions } = definition.spec;
      return versions.map(({ name: version, schema }): [string, Schema] => {
        const openApi = strict(schema.openAPIV3Schema) as Schema;
        // The definition leaves metadata to the server.
        const properties = { ...(openApi['properties'] as Schema), metadata: { type: 'object' } };
        return [fileOf({ group, version, kind: names.kind }), { ...openApi, properties }];
      });
    });

const ownSource = (): string => readFileSync(__filename, 'utf8');

/** Folder of JSON schemas for kubeconform; made once from the pinned modules. */
export const schemaFolder = (): string =>
  join(
    cacheDir,
    'kubernetes',
    `schemas-${kubernetesVersion}-${createHash('sha256').update(ownSource()).digest('hex').slice(0, 8)}`,
  );

/** Makes the folder of schemas unless it is there. */
export const prepareSchemas = async (say: (line: string) => void): Promise<void> => {
  const folder = schemaFolder();
  if (existsSync(folder)) return;
  say(`preparing the API schemas of Kubernetes ${kubernetesVersion} and of the operators (once)`);
  const kubernetes = await fetchModule('kubernetes');
  const gateway = join(await fetchModule('gatewayApi'), 'config', 'crd', 'standard');
  const keda = join(await fetchModule('keda'), 'config', 'crd', 'bases');
  const prometheus = join(await fetchModule('prometheusOperator'), 'example', 'prometheus-operator-crd');
  const mongodb = join(await fetchModule('mongodb'), 'config', 'crd', 'bases');
  const half = `${folder}.${process.pid}`;
  mkdirSync(half, { recursive: true });
  for (const [name, schema] of [...builtIn(kubernetes), ...[gateway, keda, prometheus, mongodb].flatMap(custom)]) {
    writeFileSync(join(half, name), JSON.stringify(schema));
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(half, folder);
};

export type Fault = { object: string; message: string };

/** What the API server would refuse in these manifests; a kind without a schema is a fault as well. */
export const schemaFaults = (manifests: string): Fault[] => {
  const { stdout, stderr, error } = spawnSync(
    toolPath('kubeconform'),
    [
      '-output',
      'json',
      '-schema-location',
      `${schemaFolder()}/{{ .Group }}_{{ .ResourceAPIVersion }}_{{ .ResourceKind }}.json`,
      // Strimzi publishes its schemas in no form that a package carries: what we use of them is written down by hand.
      '-schema-location',
      `${join(k8sDir, 'schemas')}/{{ .Group }}_{{ .ResourceAPIVersion }}_{{ .ResourceKind }}.json`,
      '-',
    ],
    { input: manifests, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  if (error) throw error;
  if (stdout.trim() === '') throw new Error(`kubeconform said nothing: ${stderr}`);
  const { resources = [] } = JSON.parse(stdout) as {
    resources?: { kind: string; name: string; status: string; msg: string }[];
  };
  return resources
    .filter(({ status }) => status !== 'statusValid' && status !== 'statusSkipped')
    .map(({ kind, name, msg }) => ({ object: `${kind}/${name}`, message: msg }));
};
