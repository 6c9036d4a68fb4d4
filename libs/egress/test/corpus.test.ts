import { createEgress } from '../src';
import { corpus, dnsNames } from './support/corpus';
import { startDnsServer } from './support/dns-server';
import { startListeners } from './support/listeners';

type Listeners = Awaited<ReturnType<typeof startListeners>>;
let doors: Listeners;
let dns: Awaited<ReturnType<typeof startDnsServer>>;
const urls = (): string[] => corpus.map((url) => url.replaceAll('PORT', String(doors.port)));

// Also when a test fails: an open door would keep the run from ending.
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

beforeAll(async () => {
  doors = await startListeners();
  dns = await startDnsServer(dnsNames);
});
afterAll(async () => {
  await doors.stop();
  await dns.stop();
});

describe('URLs that must lead nowhere', () => {
  it('are many, and none twice', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(150);
    expect(new Set(corpus).size).toBe(corpus.length);
  });

  it('are refused, each with a reason, with no connection to any address of this machine', async () => {
    const egress = createEgress({ ports: [443, 8443, doors.port], dnsServers: [dns.address] });
    const outcomes = await Promise.all(
      urls().map(async (url) => ({ url, outcome: await egress.call({ url, method: 'POST', body: '{}' }) })),
    );
    const letThrough = outcomes.filter(({ outcome }) => outcome.kind !== 'refused');
    expect(letThrough).toEqual([]);
    const checked = await Promise.all(urls().map((url) => egress.check(url)));
    expect(checked.filter((outcome) => outcome?.kind !== 'refused')).toEqual([]);
    expect(doors.connections()).toBe(0);
  });

  it('would be seen at the door: those that the allow-list names are', async () => {
    const { port } = doors;
    const egress = createEgress({ ports: [port], allow: [`127.0.0.1:${port}`], dnsServers: [dns.address] });
    const here = ['127.0.0.1', '2130706433', '0x7f.1', 'loop.attacker.example'].map(
      (host) => `https://${host}:${port}/`,
    );
    for (const url of here) await egress.call({ url, method: 'POST' });
    expect(doors.connections()).toBe(here.length);
    // The list opens one address at one port and nothing beside it.
    const beside = [`https://127.0.0.2:${port}/`, `https://[::1]:${port}/`, `https://mixed6.attacker.example:${port}/`];
    for (const url of beside)
      expect(await egress.call({ url, method: 'POST' })).toMatchObject({ reason: 'ADDRESS_NOT_PUBLIC' });
    expect(doors.connections()).toBe(here.length);
  });
});

describe('a name that changes its mind', () => {
  it('is refused when it turns inwards after the check', async () => {
    const rebinding = await startDnsServer({ 'rebind.attacker.example': [['93.184.215.14'], ['127.0.0.1']] });
    stops.push(rebinding.stop);
    const egress = createEgress({ ports: [doors.port], dnsServers: [rebinding.address] });
    const url = `https://rebind.attacker.example:${doors.port}/`;
    const before = doors.connections();
    expect(await egress.check(url)).toBeUndefined();
    expect(await egress.call({ url, method: 'POST' })).toMatchObject({ kind: 'refused', reason: 'ADDRESS_NOT_PUBLIC' });
    expect(doors.connections()).toBe(before);
  });

  it('is asked once per call, and the connection goes where it was checked to go', async () => {
    const visited: (string | undefined)[] = [];
    const here = await startListeners((socket) => {
      visited.push(socket.localAddress?.replace('::ffff:', ''));
      socket.destroy();
    });
    stops.push(here.stop);
    const rebinding = await startDnsServer({ 'pin.attacker.example': [['127.0.0.1'], ['127.0.0.2']] });
    stops.push(rebinding.stop);
    const allow = [`pin.attacker.example:${here.port}`, `127.0.0.1:${here.port}`];
    const egress = createEgress({ allow, dnsServers: [rebinding.address] });
    const url = `http://pin.attacker.example:${here.port}/`;
    expect(await egress.call({ url, method: 'GET' })).toMatchObject({ kind: 'failed', reason: 'CONNECTION_FAILED' });
    expect(rebinding.asked('pin.attacker.example')).toBe(2);
    expect(visited).toEqual(['127.0.0.1']);
    expect(await egress.call({ url, method: 'GET' })).toMatchObject({ reason: 'ADDRESS_NOT_PUBLIC' });
    expect(visited).toHaveLength(1);
  });

  it('or keeps silent, or is unknown, fails within its time', async () => {
    const silent = await startDnsServer({ 'silent.attacker.example': [] });
    stops.push(silent.stop);
    const egress = createEgress({ dnsServers: [silent.address], deadlineMs: 700 });
    const started = performance.now();
    expect(await egress.call({ url: 'https://silent.attacker.example/', method: 'GET' })).toMatchObject({
      kind: 'failed',
    });
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(await egress.check('https://unknown.attacker.example/')).toMatchObject({ reason: 'NAME_NOT_FOUND' });
  });
});
