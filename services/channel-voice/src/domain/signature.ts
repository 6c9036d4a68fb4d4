import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Parameters in the order in which they came; a name may repeat. */
export type Params = ReadonlyArray<readonly [name: string, value: string]>;

const equal = (a: string, b: string): boolean => {
  const left = createHash('sha256').update(a).digest();
  const right = createHash('sha256').update(b).digest();
  return timingSafeEqual(left, right) && a.length === b.length;
};

/** Signature of the telephony providers: HMAC-SHA1 over the URL and the sorted parameters, each value of a name once. */
export const signatureOf = (authToken: string, url: string, params: Params): string => {
  const byName = new Map<string, Set<string>>();
  for (const [name, value] of params) byName.set(name, (byName.get(name) ?? new Set()).add(value));
  const text = [...byName.keys()]
    .sort()
    .map((name) =>
      [...byName.get(name)!]
        .sort()
        .map((value) => name + value)
        .join(''),
    )
    .join('');
  return createHmac('sha1', authToken)
    .update(url + text, 'utf8')
    .digest('base64');
};

/** True when the signature was made with this secret over this URL and these parameters. */
export const isSigned = (authToken: string, url: string, params: Params, signature: string): boolean =>
  equal(signatureOf(authToken, url, params), signature);

/** JSON bodies are signed through their hash in the URL: the parameter must be the hash of the bytes that came. */
export const bodyMatches = (bodySha256: string, body: Uint8Array): boolean =>
  equal(createHash('sha256').update(body).digest('hex'), bodySha256.toLowerCase());
