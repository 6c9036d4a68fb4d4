import { verdictsOf } from '../../src/domain/authentication';
import { envelope, mail } from './mails';

const header =
  'mx.shop.example 1; spf=pass (a (nested) note) smtp.mailfrom=x; dkim=fail; dkim=pass header.d=y; dmarc=PASS';
const none = { spf: 'none', dkim: 'none', dmarc: 'none' };

test.each([
  [
    'a trusted filter',
    { 'Authentication-Results': header },
    true,
    'mx.shop.example',
    { spf: 'pass', dkim: 'pass', dmarc: 'pass' },
  ],
  ['a stranger writes the same', { 'Authentication-Results': header }, false, 'mx.shop.example', none],
  ['another host', { 'Authentication-Results': header }, true, 'mx.other.example', none],
  ['no trusted host is set', { 'Authentication-Results': header }, true, '', none],
  ['no header', {}, true, 'mx.shop.example', none],
  ['an unknown word', { 'Authentication-Results': 'mx.shop.example; spf=great' }, true, 'mx.shop.example', none],
])('%s', (_name, headers, trustedPeer, host, expected) => {
  expect(verdictsOf(mail(headers), envelope({ trustedPeer }), host)).toEqual(expected);
});

test('only the topmost header of the filter counts', () => {
  const two = mail({});
  const headers = [
    { name: 'authentication-results', value: 'mx.shop.example; spf=fail' },
    { name: 'authentication-results', value: 'mx.shop.example; spf=pass' },
  ];
  expect(verdictsOf({ ...two, headers }, envelope({ trustedPeer: true }), 'mx.shop.example').spf).toBe('fail');
});
