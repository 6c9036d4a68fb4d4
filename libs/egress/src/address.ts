import { isIPv4, isIPv6 } from 'node:net';

/** A part of the address space that is not the public internet. */
interface Range {
  prefix: number[];
  bits: number;
  name: string;
}

const groupsOf = (text: string): number[] =>
  text === ''
    ? []
    : text.split(':').flatMap((group) => {
        if (group.includes('.')) return group.split('.').map(Number);
        const value = Number.parseInt(group, 16);
        return [value >> 8, value & 0xff];
      });

/** The 4 or 16 bytes of an address in its usual spelling; undefined for anything else, also for one with a zone. */
export const addressBytes = (text: string): number[] | undefined => {
  if (isIPv4(text)) return text.split('.').map(Number);
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const [head = '', tail] = text.split('::');
  const front = groupsOf(head);
  const back = tail === undefined ? [] : groupsOf(tail);
  return [...front, ...new Array<number>(16 - front.length - back.length).fill(0), ...back];
};

const range = (cidr: string, name: string): Range => {
  const [text = '', bits = ''] = cidr.split('/');
  return { prefix: addressBytes(text)!, bits: Number(bits), name };
};

const within = (bytes: number[], { prefix, bits }: Range): boolean => {
  if (bytes.length !== prefix.length) return false;
  for (let i = 0; i < bits; i++) {
    const mask = 0x80 >> (i % 8);
    if ((bytes[i >> 3]! & mask) !== (prefix[i >> 3]! & mask)) return false;
  }
  return true;
};

// The registries of special-purpose addresses, and what hosting companies put on public-looking ones.
const closed4 = [
  range('0.0.0.0/8', 'this network'),
  range('10.0.0.0/8', 'private'),
  range('100.64.0.0/10', 'carrier-grade NAT'),
  range('127.0.0.0/8', 'loopback'),
  range('168.63.129.16/32', 'host of a cloud'),
  range('169.254.0.0/16', 'link-local, metadata'),
  range('172.16.0.0/12', 'private'),
  range('192.0.0.0/24', 'protocol assignments'),
  range('192.0.2.0/24', 'documentation'),
  range('192.31.196.0/24', 'AS112'),
  range('192.52.193.0/24', 'AMT'),
  range('192.88.99.0/24', '6to4 relay'),
  range('192.168.0.0/16', 'private'),
  range('192.175.48.0/24', 'AS112'),
  range('198.18.0.0/15', 'benchmarks'),
  range('198.51.100.0/24', 'documentation'),
  range('203.0.113.0/24', 'documentation'),
  range('224.0.0.0/4', 'multicast'),
  range('240.0.0.0/4', 'reserved'),
];

const publicSix = range('2000::/3', 'global unicast');
const nat64 = range('64:ff9b::/96', 'NAT64');
const closed6 = [
  range('2001::/23', 'protocol assignments, Teredo'),
  range('2001:db8::/32', 'documentation'),
  range('2002::/16', '6to4'),
  range('2620:4f:8000::/48', 'AS112'),
  range('3fff::/20', 'documentation'),
];
// Only to say what it was: whatever lies outside of 2000::/3 is closed, named or not.
const named6 = [
  range('::/128', 'unspecified'),
  range('::1/128', 'loopback'),
  range('::ffff:0:0/96', 'IPv4-mapped'),
  range('::ffff:0:0:0/96', 'IPv4-translated'),
  range('::/96', 'IPv4-compatible'),
  range('64:ff9b:1::/48', 'local NAT64'),
  range('100::/64', 'discard'),
  range('fc00::/7', 'private'),
  range('fe80::/10', 'link-local'),
  range('fec0::/10', 'site-local'),
  range('ff00::/8', 'multicast'),
];

const nameIn = (ranges: Range[], bytes: number[]): string | undefined => ranges.find((one) => within(bytes, one))?.name;

// An interface id that carries an IPv4 address to a tunnel end (ISATAP).
const isIsatap = (bytes: number[]): boolean =>
  (bytes[8] === 0 || bytes[8] === 2) && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe;

/** Why an address is not part of the public internet, in words; undefined for one that is. */
export const whyClosed = (address: string): string | undefined => {
  const bytes = addressBytes(address);
  if (!bytes) return 'not an address';
  if (bytes.length === 4) return nameIn(closed4, bytes);
  // Networks without IPv4 reach it through this prefix; what counts is the address behind it.
  if (within(bytes, nat64)) {
    const behind = nameIn(closed4, bytes.slice(12));
    return behind && `NAT64 of ${behind}`;
  }
  if (!within(bytes, publicSix)) return nameIn(named6, bytes) ?? 'not global unicast';
  return nameIn(closed6, bytes) ?? (isIsatap(bytes) ? 'ISATAP' : undefined);
};
