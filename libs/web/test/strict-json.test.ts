import { isRefusal } from '@throughline/core';
import fc from 'fast-check';
import { parseStrictJson } from '../src';

const ruleOf = (text: string | Uint8Array) => {
  try {
    parseStrictJson(typeof text === 'string' ? Buffer.from(text) : text);
    return 'ok';
  } catch (error) {
    return isRefusal(error) ? error.violations[0]?.rule : error;
  }
};

test.each([
  ['an object', '{"a":[1,{"b":"}"}],"c":"\\"["}', 'ok'],
  ['the same name at two levels', '{"a":{"a":1},"b":[{"a":1},{"a":2}]}', 'ok'],
  ['a name as a value', '{"a":"__proto__","b":"b"}', 'ok'],
  ['minus zero', '{"a":-0}', 'ok'],
  ['a name twice', '{"a":1,"b":2,"a":3}', 'json.unique'],
  ['a name twice, once escaped', '{"a":1,"\\u0061":3}', 'json.unique'],
  ['a prototype', '{"__proto__":{"polluted":1}}', 'json.name'],
  ['a prototype in disguise', '{"\\u005f_proto__":{"polluted":1}}', 'json.name'],
  ['a constructor', '{"x":{"constructor":{"prototype":{"polluted":1}}}}', 'json.name'],
  ['great depth', '['.repeat(100_000), 'json.depth'],
  ['depth of objects', '{"a":'.repeat(21), 'json.depth'],
  ['a long list', `[${'0,'.repeat(1_000)}0]`, 'json.items'],
  ['many names', `{${Array.from({ length: 1_001 }, (_, i) => `"k${i}":1`).join()}}`, 'json.items'],
  ['ten thousand digits', `{"a":${'9'.repeat(10_000)}}`, 'json.number'],
  ['a byte order mark', '\uFEFF{}', 'json'],
  ['half a string', '{"a', 'json'],
  ['nothing', '', 'json'],
  ['two values', '{} {}', 'json'],
  ['a comment', '{/* */}', 'json'],
])('%s', (_, text, expected) => {
  expect(ruleOf(text)).toBe(expected);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

test('bytes that are no UTF-8 are refused', () => {
  expect(ruleOf(Buffer.from([0x22, 0xc3, 0x28, 0x22]))).toBe('utf8');
});

test('whatever JSON.stringify writes within the limits is read back the same', () => {
  const name = fc.string().filter((key) => !['__proto__', 'constructor', 'prototype'].includes(key));
  const value = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.string({ unit: 'grapheme' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('node'), { maxLength: 5 }),
      fc.dictionary(name, tie('node'), { maxKeys: 5 }),
    ),
  })).node;
  fc.assert(
    fc.property(value, (one) => {
      const text = JSON.stringify(one);
      expect(JSON.stringify(parseStrictJson(Buffer.from(text)))).toBe(JSON.stringify(JSON.parse(text)));
    }),
  );
});
