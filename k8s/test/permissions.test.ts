import { catalogueGroups, topicCatalogue } from '@throughline/local';
import type { Acl } from '../src/strimzi';
import { permissions } from '../src/strimzi';
import { startAuthorizingBroker } from './broker';

// The permissions of k8s/examples/strimzi/users.yaml on a real broker: what each user may, and that it may nothing else.
const topics = topicCatalogue().map(({ name }) => name);
const groups = catalogueGroups();
const nameOf = (service: string) => `throughline-${service}`;
const users = new Map<string, Acl[]>([
  ...[...permissions()].map(([service, acls]): [string, Acl[]] => [nameOf(service), acls]),
  ['throughline-nobody', []],
]);

let broker: Awaited<ReturnType<typeof startAuthorizingBroker>>;
beforeAll(async () => {
  broker = await startAuthorizingBroker(users, topics);
  // ACLs reach the authorizer by the metadata log, a moment after they were taken.
  for (let tries = 0; tries < 100; tries++) {
    if (await broker.as(nameOf('operators'), (probes) => probes.Read(topics[0]!))) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('permissions did not take effect');
}, 120_000);
afterAll(() => broker?.stop(), 30_000);

const covers = ({ name, pattern }: Acl, asked: string): boolean =>
  name === '*' || (pattern === 'prefix' ? asked.startsWith(name) : asked === name);
const allowed = (acls: Acl[], type: Acl['type'], name: string, operation: string): boolean =>
  acls.some((acl) => acl.type === type && covers(acl, name) && acl.operations.includes(operation as 'Read'));

test.each([...users.keys()])(
  '%s may what its role says and nothing else',
  async (user) => {
    const acls = users.get(user)!;
    await broker.as(user, async (probes) => {
      for (const topic of topics) {
        const found: Record<string, boolean> = {};
        const wanted: Record<string, boolean> = {};
        for (const operation of ['Describe', 'Read', 'Write'] as const) {
          found[operation] = await probes[operation](topic);
          wanted[operation] = allowed(acls, 'topic', topic, operation);
        }
        expect({ topic, ...found }).toEqual({ topic, ...wanted });
      }
      for (const group of [...groups, 'throughline-reader-1', 'somebody-else']) {
        expect({ group, join: await probes.join(group) }).toEqual({
          group,
          join: allowed(acls, 'group', group, 'Read'),
        });
      }
      expect([await probes.create('another.topic.v1'), await probes.delete(topics[0]!)]).toEqual([false, false]);
    });
  },
  60_000,
);

test('the table is not empty: services read and write, and none may all', () => {
  for (const service of ['conversation', 'journey', 'channel-email']) {
    const acls = users.get(nameOf(service))!;
    const of = (operation: string) => topics.filter((topic) => allowed(acls, 'topic', topic, operation)).length;
    expect(of('Read')).toBeGreaterThan(0);
    expect(of('Write')).toBeGreaterThan(0);
    expect(of('Write')).toBeLessThan(topics.length / 2);
  }
});
