import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get, Agent as HttpAgent } from 'node:http';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchModule, toolPath } from '@throughline/local';
import { freePort } from '@throughline/testing';
import type { K8sObject } from '../src/objects';
import { parseObjects } from '../src/objects';

const NAMESPACE = 'throughline';
const START_MS = 60_000;

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** What the server made of an object: 201 when it would keep it, else its words. */
export interface Verdict {
  object: string;
  status: number;
  said: string;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Definitions of the kinds that the profiles use and no API server has of itself. */
const definitions = async (kinds: Set<string>): Promise<K8sObject[]> => {
  const folders = [
    join(await fetchModule('gatewayApi'), 'config', 'crd', 'standard'),
    join(await fetchModule('keda'), 'config', 'crd', 'bases'),
    join(await fetchModule('prometheusOperator'), 'example', 'prometheus-operator-crd'),
  ];
  const all = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.yaml'))
      .flatMap((name) => parseObjects(readFileSync(join(folder, name), 'utf8'))),
  );
  const kindOf = (one: K8sObject) => (one.spec as { names?: { kind: string } } | undefined)?.names?.kind ?? '';
  return all.filter((one) => one.kind === 'CustomResourceDefinition' && kinds.has(kindOf(one)));
};

/** Waits until it answers as wanted; fails with its last words when it ends or takes too long. */
const until = async (what: string, child: ChildProcess, log: string, ok: () => Promise<boolean>): Promise<void> => {
  for (const end = Date.now() + START_MS; ; await pause(100)) {
    if (await ok().catch(() => false)) return;
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > end)
      throw new Error(`${what} did not start: ${readFileSync(log, 'utf8').slice(-2_000)}`);
  }
};

/**
 * A real API server on a real etcd, on ports of their own, with the definitions of these kinds and one namespace that enforces what
 * `namespace` says. Nothing runs in it: it judges.
 */
export const startApiServer = async (namespace: K8sObject, kinds: Set<string>) => {
  const home = mkdtempSync(join(tmpdir(), 'throughline-api-server-'));
  const file = (name: string, content: string): string => {
    writeFileSync(join(home, name), content, { mode: 0o600 });
    return join(home, name);
  };
  const running: { child: ChildProcess; gone: Promise<unknown> }[] = [];
  const start = (name: 'etcd' | 'kube-apiserver', args: string[]): { child: ChildProcess; log: string } => {
    const log = join(home, `${name}.log`);
    const out = openSync(log, 'w');
    const child = spawn(toolPath(name), args, { stdio: ['ignore', out, out], env: { HOME: home } });
    running.push({ child, gone: new Promise((resolve) => child.once('exit', resolve)) });
    return { child, log };
  };
  const stop = async () => {
    agent.destroy();
    for (const { child, gone } of running.reverse()) {
      child.kill('SIGKILL');
      await gone;
    }
    rmSync(home, { recursive: true, force: true });
  };

  const [etcdPort, peerPort, port] = [await freePort(), await freePort(), await freePort()];
  const agent = new Agent({ keepAlive: true });
  const token = randomBytes(16).toString('hex');
  const call = (method: string, path: string, body?: object, ca?: Buffer): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const asked = request({ host: '127.0.0.1', port, method, path, headers, agent, ca }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
        });
        answer.on('end', () => {
          const json = answer.headers['content-type']?.startsWith('application/json');
          resolve({ status: answer.statusCode ?? 0, body: json ? JSON.parse(text) : { message: text } });
        });
      });
      asked.on('error', reject).end(body && JSON.stringify(body));
    });

  try {
    const client = `http://127.0.0.1:${etcdPort}`;
    const peer = `http://127.0.0.1:${peerPort}`;
    const etcd = start('etcd', [
      `--data-dir=${join(home, 'etcd')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      '--unsafe-no-fsync',
      '--log-level=warn',
    ]);
    const plain = new HttpAgent();
    await until(
      'etcd',
      etcd.child,
      etcd.log,
      () =>
        new Promise((resolve, reject) => {
          get(`${client}/health`, { agent: plain }, (answer) => {
            answer.resume();
            resolve(answer.statusCode === 200);
          }).on('error', reject);
        }),
    );
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const signing = file('accounts.pem', privateKey.export({ type: 'pkcs1', format: 'pem' }).toString());
    const server = start('kube-apiserver', [
      `--etcd-servers=${client}`,
      `--cert-dir=${join(home, 'certificates')}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      '--service-cluster-ip-range=10.0.0.0/24',
      `--service-account-key-file=${signing}`,
      `--service-account-signing-key-file=${signing}`,
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      // Nobody makes accounts here: that is another program's work.
      '--disable-admission-plugins=ServiceAccount',
      '--authorization-mode=RBAC',
      `--token-auth-file=${file('tokens.csv', `${token},tester,tester,"system:masters"\n`)}`,
    ]);
    const authority = () => readFileSync(join(home, 'certificates', 'apiserver.crt'));
    await until(
      'kube-apiserver',
      server.child,
      server.log,
      async () => (await call('GET', '/readyz', undefined, authority())).status === 200,
    );
    const ca = authority();

    const known = new Map<string, Map<string, { name: string; namespaced: boolean }>>();
    /** Where objects of this kind are sent; undefined when the server does not know the kind. */
    const placeOf = async ({ apiVersion, kind }: K8sObject): Promise<string | undefined> => {
      const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
      if (!known.has(group)) {
        const { body } = await call('GET', group, undefined, ca);
        const resources = (body['resources'] ?? []) as { name: string; kind: string; namespaced: boolean }[];
        known.set(group, new Map(resources.filter(({ name }) => !name.includes('/')).map((one) => [one.kind, one])));
      }
      const resource = known.get(group)!.get(kind);
      if (!resource) return undefined;
      return resource.namespaced ? `${group}/namespaces/${NAMESPACE}/${resource.name}` : `${group}/${resource.name}`;
    };
    const send = async (object: K8sObject, query: string): Promise<Verdict> => {
      const place = await placeOf(object);
      const name = `${object.kind}/${object.metadata.name}`;
      if (!place) return { object: name, status: 404, said: `no kind ${object.kind} in ${object.apiVersion}` };
      const { status, body } = await call('POST', `${place}?fieldValidation=Strict${query}`, object, ca);
      return { object: name, status, said: String(body['message'] ?? '') };
    };

    for (const definition of await definitions(kinds)) {
      const { status, said } = await send(definition, '');
      if (status !== 201) throw new Error(`${definition.metadata.name}: ${said}`);
      const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${definition.metadata.name}`;
      await until(definition.metadata.name, server.child, server.log, async () => {
        const { body } = await call('GET', path, undefined, ca);
        const conditions = (body['status'] as { conditions?: { type: string; status: string }[] }).conditions ?? [];
        return conditions.some(({ type, status }) => type === 'Established' && status === 'True');
      });
    }
    const made = await send(namespace, '');
    if (made.status !== 201) throw new Error(`the namespace: ${made.said}`);
    // What was asked before the definitions were there is asked anew.
    known.clear();
    return {
      /** What the server would do with it, with every check that it makes before it keeps an object. Nothing is kept. */
      judge: (object: K8sObject): Promise<Verdict> => send(object, '&dryRun=All'),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
