import type { IncomingEvent } from '@throughline/bus';
import { commonV1, journeyV1 } from '@throughline/proto';
import { customerLinksOf, readCustomerNews } from '../src';

const point = (value: string, type: commonV1.ContactPointType = commonV1.ContactPointType.EMAIL) => ({ type, value });
const { CustomerCreated, ContactPointAdded, CustomersLinked, CustomersUnlinked } = journeyV1;
const bytes = <M>(
  codec: { fromPartial(value: never): M; encode(message: M): { finish(): Uint8Array } },
  value: object,
) => codec.encode(codec.fromPartial(value as never)).finish();
const told = (name: string, data: Uint8Array) => ({ type: `throughline.journey.v1.${name}`, data });

test.each<[string, Uint8Array, unknown]>([
  [
    'CustomerCreated',
    bytes(CustomerCreated, { customerId: 'a', contactPoint: point('ada@example.org') }),
    { customerId: 'a', points: ['email:ada@example.org'] },
  ],
  ['CustomerCreated', bytes(CustomerCreated, { customerId: 'a' }), { customerId: 'a', points: [] }],
  [
    'ContactPointAdded',
    bytes(ContactPointAdded, {
      customerId: 'a',
      contactPoint: point('+493012345678', commonV1.ContactPointType.PHONE),
    }),
    { customerId: 'a', points: ['phone:+493012345678'] },
  ],
  [
    'CustomersLinked',
    bytes(CustomersLinked, {
      customerId: 'b',
      link: { survivingCustomerId: 'a', linkedCustomerId: 'b' },
      contactPoints: [point('ada@work.example')],
    }),
    { customerId: 'a', points: ['email:ada@work.example'], linkedId: 'b' },
  ],
  [
    'CustomersUnlinked',
    bytes(CustomersUnlinked, {
      customerId: 'a',
      link: { survivingCustomerId: 'a', linkedCustomerId: 'b' },
      contactPoints: [point('ada@work.example')],
    }),
    { customerId: 'b', points: ['email:ada@work.example'] },
  ],
  ['RepeatContactFound', new Uint8Array(), undefined],
])('%s says whom addresses belong to', (name, data, expected) => {
  expect(readCustomerNews(told(name, data))).toEqual(expected);
});

test('an event of another topic says nothing, and what is no address is an error', () => {
  const data = bytes(CustomerCreated, { customerId: 'a', contactPoint: point('nobody') });
  expect(readCustomerNews({ type: 'throughline.sla.v1.CustomerCreated', data })).toBeUndefined();
  expect(() => readCustomerNews(told('CustomerCreated', data))).toThrow('not an e-mail address');
});

test('each address is a fact of its own, as of its recording', () => {
  const event = {
    ...told('CustomerCreated', bytes(CustomerCreated, { customerId: 'a', contactPoint: point('ada@example.org') })),
    tenantId: 'acme',
    recordedAt: new Date(7),
  } as IncomingEvent;
  expect(customerLinksOf(event)).toEqual([
    { tenantId: 'acme', contactPoint: 'email:ada@example.org', customerId: 'a', at: 7 },
  ]);
  const nobody = { ...event, data: bytes(CustomerCreated, { contactPoint: point('ada@example.org') }) };
  expect(customerLinksOf(nobody)).toBeUndefined();
});
