import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { LocalError } from '../local-error';
import { mustBeFree } from '../ports';
import { hasCommand, isAlive, isOrphan, lastLines, livePid, spawnLogged, stopPid, waitFor } from '../processes';
import { elsewhere } from './elsewhere';
import { kafkaJars } from './fetch';
import type { NativeOptions, NativeServer, SecureListener } from './types';

const run = promisify(execFile);

const jaas = 'org.apache.kafka.common.security';

/** Users prove themselves by PLAIN or SCRAM; the certificate and its key lie in one file. */
const secureListener = ({ username, password, authorizes }: SecureListener, keyFile: string): string => `
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.secure.plain.sasl.jaas.config=${jaas}.plain.PlainLoginModule required user_${username}="${password}";
listener.name.secure.scram-sha-512.sasl.jaas.config=${jaas}.scram.ScramLoginModule required;
listener.name.secure.ssl.keystore.type=PEM
listener.name.secure.ssl.keystore.location=${keyFile}
${authorizes ? 'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\nsuper.users=User:ANONYMOUS' : ''}
`;

const properties = (options: NativeOptions, data: string, keyFile: string) => {
  const { port, controllerPort, secure } = options;
  const also = (text: string) => (secure ? text : '');
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}${also(`,SECURE://127.0.0.1:${secure?.port}`)}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}${also(`,SECURE://localhost:${secure?.port}`)}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT${also(',SECURE:SASL_SSL')}
inter.broker.listener.name=PLAINTEXT
log.dirs=${data}
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
default.replication.factor=1
num.partitions=12
log.cleaner.dedupe.buffer.size=16777216
log.index.size.max.bytes=1048576
log.segment.bytes=134217728
num.network.threads=2
num.io.threads=4
${secure ? secureListener(secure, keyFile) : ''}`;
};

const logging = `<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="WARN"><Appenders><Console name="out" target="SYSTEM_OUT"><PatternLayout pattern="%d %p %c{1} %m%n"/></Console></Appenders>
<Loggers><Root level="WARN"><AppenderRef ref="out"/></Root></Loggers></Configuration>
`;

const answers = async (port: number): Promise<boolean> => {
  const admin = new Kafka({
    brokers: [`127.0.0.1:${port}`],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    requestTimeout: 2_000,
    retry: { retries: 0 },
  }).admin();
  try {
    await admin.connect();
    await admin.listTopics();
    return true;
  } catch {
    return false;
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
};

// One that begins with a dash would be taken for an option.
const clusterId = (): string => {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? clusterId() : id;
};

/** Starts Kafka as a process of its own, or takes the one that a run before left behind. */
export const startKafka = async (options: NativeOptions): Promise<NativeServer> => {
  const data = join(options.home, 'data', 'kafka');
  const config = join(options.home, 'run', 'server.properties');
  const logFile = join(options.home, 'logs', 'kafka.log');
  const pidFile = join(options.home, 'run', 'kafka.pid');
  const running = livePid(pidFile, 'kafka.Kafka');
  if (running && (await waitFor(() => answers(options.port), 10_000))) {
    return { pid: running, reused: !isOrphan(pidFile), stop: () => stopPid(running, 20_000, pidFile) };
  }
  if (running && !isOrphan(pidFile)) throw elsewhere('Kafka', running);
  if (running) await stopPid(running, 5_000, pidFile);
  if (!hasCommand('java', '-version'))
    throw new LocalError(
      'Java is missing: install version 17 or newer (Debian: apt-get install openjdk-17-jre-headless), or set KAFKA_BROKERS.',
    );
  await mustBeFree(options.port, 'Kafka');
  if (options.controllerPort) await mustBeFree(options.controllerPort, 'Kafka controller');
  const libs = await kafkaJars(options.say);
  mkdirSync(join(options.home, 'run'), { recursive: true });
  mkdirSync(data, { recursive: true });
  const keyFile = join(options.home, 'run', 'kafka.pem');
  const { secure } = options;
  if (secure) writeFileSync(keyFile, secure.key + secure.cert, { mode: 0o600 });
  writeFileSync(config, properties(options, data, keyFile), { mode: 0o600 });
  writeFileSync(join(options.home, 'run', 'log4j2.xml'), logging);
  const java = ['-cp', `${libs}/*`];
  if (!existsSync(join(data, 'meta.properties'))) {
    const format = [...java, 'kafka.tools.StorageTool', 'format', '-t', clusterId(), '-c', config];
    for (const { username, password } of secure ? [secure, ...(secure.others ?? [])] : []) {
      format.push('--add-scram', `SCRAM-SHA-512=[name=${username},password=${password}]`);
    }
    await run('java', format);
  }
  const flags = [
    '-Xmx512m',
    '-Xms256m',
    '-XX:+UseSerialGC',
    `-Dlog4j2.configurationFile=${join(options.home, 'run', 'log4j2.xml')}`,
  ];
  const child = spawnLogged({ command: 'java', args: [...flags, ...java, 'kafka.Kafka', config], logFile, pidFile });
  const pid = child.pid ?? 0;
  child.unref();
  const stop = () => stopPid(pid, 20_000, pidFile);
  if (await waitFor(async () => !isAlive(pid) || (await answers(options.port)), 60_000, 200)) {
    if (isAlive(pid)) return { pid, reused: false, stop };
  }
  await stop();
  throw new LocalError(`Kafka did not start. The end of ${logFile}:\n  ${lastLines(logFile)}`);
};
