import { domainOf, keyFor } from '../../src/domain/signing';

const key = (domain: string, selector = 's1') => ({ domain, selector, privateKey: '' });

test.each([
  ['its own', [key('other.example'), key('shop.example')], 'shop.example', 'shop.example s1'],
  [
    'the first of its own',
    [key('shop.example', 'new'), key('shop.example', 'old')],
    'shop.example',
    'shop.example new',
  ],
  ['the nearest above it', [key('example.org'), key('b.example.org')], 'a.b.example.org', 'b.example.org s1'],
  ['none of a domain that only ends like it', [key('shop.example')], 'my-shop.example', undefined],
  ['none of a domain below it', [key('mail.shop.example')], 'shop.example', undefined],
  ['none where there is none', [], 'shop.example', undefined],
])('a mail is signed with %s', (_, keys, domain, expected) => {
  const found = keyFor(keys, domain);
  expect(found && `${found.domain} ${found.selector}`).toBe(expected);
});

test('the domain of an address is told in small letters', () => {
  expect(domainOf('Support@Shop.EXAMPLE')).toBe('shop.example');
});
