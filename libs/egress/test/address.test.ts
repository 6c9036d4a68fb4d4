import * as fc from 'fast-check';
import { whyClosed } from '../src';
import { addressBytes } from '../src/address';

describe('addresses', () => {
  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '168.63.129.15',
    '168.63.129.17',
    '2606:4700::1111',
    '2a00:1450:4001::1',
    '64:ff9b::8.8.8.8',
    '2001:200::1',
    '2003::1',
  ])('%s is public', (address) => expect(whyClosed(address)).toBeUndefined());

  it.each([
    ['127.0.0.1', 'loopback'],
    ['10.0.0.0', 'private'],
    ['100.64.0.0', 'carrier-grade NAT'],
    ['169.254.169.254', 'link-local, metadata'],
    ['172.31.255.255', 'private'],
    ['198.19.255.255', 'benchmarks'],
    ['224.0.0.0', 'multicast'],
    ['255.255.255.255', 'reserved'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['::ffff:1.1.1.1', 'IPv4-mapped'],
    ['64:ff9b::10.1.1.1', 'NAT64 of private'],
    ['2002:101:101::', '6to4'],
    ['fe80::1', 'link-local'],
    ['fd00:ec2::254', 'private'],
    ['ff02::1', 'multicast'],
    ['2001:db8::', 'documentation'],
    ['2606::5efe:a00:1', 'ISATAP'],
    ['1fff::1', 'not global unicast'],
    ['fe80::1%eth0', 'not an address'],
    ['localhost', 'not an address'],
    ['127.1', 'not an address'],
    ['', 'not an address'],
  ])('%s is closed: %s', (address, why) => expect(whyClosed(address)).toBe(why));

  it('are read alike in every spelling', () => {
    const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(groups, (parts) => {
        const text = parts.map((part) => part.toString(16)).join(':');
        const short = new URL(`http://[${text}]`).hostname.slice(1, -1);
        const bytes = parts.flatMap((part) => [part >> 8, part & 0xff]);
        expect(addressBytes(text)).toEqual(bytes);
        expect(addressBytes(short)).toEqual(bytes);
        const dotted = `${parts
          .slice(0, 6)
          .map((part) => part.toString(16))
          .join(':')}:${bytes.slice(12).join('.')}`;
        expect(addressBytes(dotted)).toEqual(bytes);
      }),
    );
  });
});
