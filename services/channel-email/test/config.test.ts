import { generateKeyPairSync } from 'node:crypto';
import { loadConfig } from '../src/config';

const pemOf = (key: { export(options: { format: 'pem'; type: 'pkcs8' }): string | Buffer }) =>
  String(key.export({ format: 'pem', type: 'pkcs8' }));
const rsa = (bits: number) => pemOf(generateKeyPairSync('rsa', { modulusLength: bits }).privateKey);
const good = { domain: 'shop.example', selector: 's1', privateKey: rsa(1024) };

/** What the process says before it ends, when these are its keys. */
const saidOf = (keys: unknown): string => {
  const said: string[] = [];
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  jest.spyOn(process, 'exit').mockImplementation((code) => {
    throw new Error(`ends with ${code}`);
  });
  expect(() => loadConfig({ EMAIL_DKIM_KEYS: typeof keys === 'string' ? keys : JSON.stringify(keys) })).toThrow(
    'ends with 78',
  );
  return said.join('');
};
afterEach(() => jest.restoreAllMocks());

test.each([
  ['no JSON', 'pem', 'EMAIL_DKIM_KEYS: must be JSON'],
  ['a domain with capitals', [{ ...good, domain: 'Shop.example' }], '0.domain: must be a domain in small letters'],
  ['a selector that is no name', [good, { ...good, selector: 's 1' }], '1.selector: must be a name'],
  ['a key that is too short', [{ ...good, privateKey: rsa(512) }], '0.privateKey: must be an RSA private key'],
  [
    'a key of another kind',
    [{ ...good, privateKey: pemOf(generateKeyPairSync('ed25519').privateKey) }],
    '0.privateKey',
  ],
  ['no key', [{ ...good, privateKey: 'secret' }], '0.privateKey: must be an RSA private key'],
])('%s ends the start, and no key is shown', (_, keys, expected) => {
  const said = saidOf(keys);
  expect(said).toContain(expected);
  expect(said).not.toMatch(/secret|MII/);
});

test('a key that can sign is none of the faults', () => {
  expect(saidOf([good])).not.toContain('EMAIL_DKIM_KEYS');
});
