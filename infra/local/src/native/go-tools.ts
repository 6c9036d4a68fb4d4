import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LocalError } from '../local-error';
import { cacheDir } from '../paths';
import { hasCommand } from '../processes';

const run = promisify(execFile);

type Tool = {
  from: string;
  version: string;
  tags?: string;
  /** The module that it is the main package of, when that replaces modules by folders that its package does not carry. */
  module?: string;
};

// Built from source, because that is what is the same everywhere: Go checks every module against the checksum database.
const tools = {
  helm: { from: 'helm.sh/helm/v3/cmd/helm', version: 'v3.22.0' },
  kubeconform: { from: 'github.com/yannh/kubeconform/cmd/kubeconform', version: 'v0.6.7' },
  kustomize: { from: 'sigs.k8s.io/kustomize/kustomize/v5', version: 'v5.7.1' },
  // Without the clients of every cloud: we only evaluate rules and scrape fixed addresses.
  promtool: { from: 'github.com/prometheus/prometheus/cmd/promtool', version: 'v0.316.0', tags: 'remove_all_sd,netgo' },
  prometheus: {
    from: 'github.com/prometheus/prometheus/cmd/prometheus',
    version: 'v0.316.0',
    tags: 'remove_all_sd,netgo',
  },
  'kube-apiserver': { from: 'k8s.io/kubernetes/cmd/kube-apiserver', module: 'k8s.io/kubernetes', version: 'v1.36.3' },
  // The release that this API server is built with.
  etcd: { from: 'go.etcd.io/etcd/server/v3', module: 'go.etcd.io/etcd/server/v3', version: 'v3.6.8' },
} satisfies Record<string, Tool>;

export type ToolName = keyof typeof tools;

/** Modules whose files we read: the API schemas of Kubernetes and of the operators that the chart knows. */
const modules = {
  kubernetes: 'k8s.io/kubernetes@v1.36.3',
  gatewayApi: 'sigs.k8s.io/gateway-api@v1.6.2',
  keda: 'github.com/kedacore/keda/v2@v2.17.2',
  prometheusOperator: 'github.com/prometheus-operator/prometheus-operator@v0.85.0',
  mongodb: 'github.com/mongodb/mongodb-kubernetes-operator@v0.13.0',
};

export type ModuleName = keyof typeof modules;

/** The release of Kubernetes that manifests are checked against. */
export const kubernetesVersion = modules.kubernetes.split('@v')[1]!;

/** Where a tool is, or will be once it is fetched. */
export const toolPath = (name: ToolName): string => join(cacheDir, 'tools', `${name}-${tools[name].version}`, name);

const mustHaveGo = (what: string): void => {
  if (!hasCommand('go', 'version'))
    throw new LocalError(`${what} cannot be fetched: Go is missing. Install Go 1.25 or newer (package golang).`);
};

const explain = (what: string, error: unknown): LocalError =>
  new LocalError(
    `${what} cannot be fetched: ${String((error as { stderr?: string }).stderr || (error as Error).message)
      .trim()
      .split('\n')
      .slice(-3)
      .join(' ')}`,
  );

const downloaded = async (module: string): Promise<{ Dir: string; GoMod: string }> =>
  JSON.parse((await run('go', ['mod', 'download', '-json', module], { cwd: '/' })).stdout);

/**
 * A module around a program that `go install` refuses, because its own module replaces others by folders of its repository: the same modules as
 * they were published. Those that it names without a version have, at Kubernetes, the number of its release.
 */
const moduleAround = async ({ module = '', version }: Tool): Promise<string> => {
  const text = readFileSync((await downloaded(`${module}@${version}`)).GoMod, 'utf8');
  const go = /^go (\S+)$/m.exec(text)?.[1];
  const unnumbered = [...text.matchAll(/^\s*(\S+) v0\.0\.0$/gm)].map(([, name]) => name!);
  const replaces = unnumbered.map((name) => `replace ${name} => ${name} ${version.replace(/^v1\./, 'v0.')}`);
  return ['module throughline.example/tool', `go ${go}`, `require ${module} ${version}`, ...replaces, ''].join('\n');
};

/** Path of a tool; builds it on the first call, which takes minutes, and leaves the other core to others. */
export const fetchTool = async (name: ToolName, say: (line: string) => void): Promise<string> => {
  const path = toolPath(name);
  if (existsSync(path)) return path;
  mustHaveGo(name);
  const tool: Tool = tools[name];
  say(`building ${name} ${tool.version} with Go (once; some minutes)`);
  const half = `${join(path, '..')}.${process.pid}`;
  const flags = ['-trimpath', '-ldflags=-s -w', ...(tool.tags ? [`-tags=${tool.tags}`] : [])];
  const env = { ...process.env, GOBIN: half, GOFLAGS: '-p=1', CGO_ENABLED: '0' };
  mkdirSync(half, { recursive: true });
  const go = (...args: string[]) =>
    run('nice', ['-n', '10', 'go', ...args], { env, cwd: half, maxBuffer: 64 * 1024 * 1024 });
  try {
    if (tool.module) {
      writeFileSync(join(half, 'go.mod'), await moduleAround(tool));
      await go('build', '-mod=mod', ...flags, '-o', name, tool.from);
    } else await go('install', ...flags, `${tool.from}@${tool.version}`);
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    throw explain(`${name} ${tool.version}`, error);
  }
  rmSync(join(path, '..'), { recursive: true, force: true });
  renameSync(half, join(path, '..'));
  return path;
};

/** Folder with the files of a Go module. */
export const fetchModule = async (name: ModuleName): Promise<string> => {
  mustHaveGo(modules[name]);
  try {
    return (await downloaded(modules[name])).Dir;
  } catch (error) {
    throw explain(modules[name], error);
  }
};
