import { notificationV1 as v1 } from '@throughline/proto';
import type { Client, Running } from './support/running';
import { startService } from './support/running';

let service: Running;
let client: Client;
jest.setTimeout(60_000);

beforeAll(async () => {
  service = await startService();
  client = service.client('acme');
});
afterAll(() => service?.stop());

const policy = (change: Partial<v1.ContactPolicy> = {}): v1.ContactPolicy =>
  v1.ContactPolicy.fromPartial({
    budget: [{ name: 'week', windowSeconds: 604_800n, maxMessages: 2 }],
    quietHours: { starts: '22:00', ends: '07:30', holds: [v1.MessageClass.PROMOTIONAL, v1.MessageClass.SERVICE] },
    defaultTimeZone: 'Europe/Berlin',
    consentRequired: true,
    atRiskBlocks: true,
    holdSeconds: 86_400n,
    senderPostalAddress: 'Acme Ltd\r\n1 Main Street\r\nSpringfield\n',
    ...change,
  } as never);

const update = (contactPolicy: v1.ContactPolicy, change: Partial<v1.UpdateContactPolicyRequest> = {}) =>
  client.updateContactPolicy({ contactPolicy, requestId: '', expectedVersion: undefined, ...change });

describe('the contact policy', () => {
  it('is strict until a tenant sets its own, which other tenants do not see', async () => {
    const { contactPolicy: builtIn } = await client.getContactPolicy({});
    expect(builtIn).toMatchObject({ version: 0n, consentRequired: true, atRiskBlocks: true });
    const { contactPolicy: set } = await update(policy(), { requestId: 'p1' });
    expect(set).toMatchObject({
      version: 1n,
      defaultTimeZone: 'Europe/Berlin',
      senderPostalAddress: 'Acme Ltd\n1 Main Street\nSpringfield',
    });
    expect(set?.budget).toEqual([
      { name: 'week', windowSeconds: 604_800n, maxMessages: 2, holds: [v1.MessageClass.PROMOTIONAL] },
    ]);
    expect(set?.quietHours?.ends).toBe('07:30');
    expect((await update(policy(), { requestId: 'p1' })).contactPolicy?.version).toBe(1n);
    expect((await client.getContactPolicy({})).contactPolicy).toEqual(set);
    expect((await service.client('other').getContactPolicy({})).contactPolicy?.version).toBe(0n);
  });

  it.each<[string, Partial<v1.ContactPolicy>]>([
    ['TIME_ZONE_UNKNOWN', { defaultTimeZone: '+02:00' }],
    ['QUIET_HOURS_EMPTY', { quietHours: { starts: '08:00', ends: '08:00', holds: [] } }],
    [
      'BUDGET_RULE_TWICE',
      { budget: [1, 2].map((n) => ({ name: 'a', windowSeconds: 60n, maxMessages: n, holds: [] })) },
    ],
    ['POSTAL_ADDRESS_INVALID', { senderPostalAddress: 'Main St' }],
    ['POSTAL_ADDRESS_INVALID', { senderPostalAddress: '1234567890' }],
    ['POSTAL_ADDRESS_INVALID', { senderPostalAddress: `Acme${'\n'.repeat(8)}Springfield` }],
    ['POSTAL_ADDRESS_INVALID', { senderPostalAddress: 'Acme\u0000Ltd, Springfield' }],
    ['INVALID_ARGUMENT', { senderPostalAddress: 'x'.repeat(301) }],
    ['INVALID_ARGUMENT', { quietHours: { starts: '25:00', ends: '08:00', holds: [] } }],
  ])('%s refuses what could not be kept', async (reason, change) => {
    await expect(update(policy(change))).rejects.toMatchObject({ reason });
  });

  it('is not overwritten by somebody who read an older one', async () => {
    await expect(update(policy(), { expectedVersion: 0n })).rejects.toMatchObject({ reason: 'POLICY_CHANGED' });
  });
});
