import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Signature of a form the way providers sign their callbacks: HMAC-SHA1 over the URL and the sorted parameters. */
export const signatureOf = (authToken: string, url: string, form: URLSearchParams): string => {
  const text = [...new Set(form.keys())]
    .sort()
    .map((name) =>
      [...new Set(form.getAll(name))]
        .sort()
        .map((value) => name + value)
        .join(''),
    )
    .join('');
  return createHmac('sha1', authToken)
    .update(url + text, 'utf8')
    .digest('base64');
};

/** True when the form was signed with this secret; takes the same time for every wrong one. */
export const isSigned = (authToken: string, url: string, form: URLSearchParams, signature: string): boolean =>
  timingSafeEqual(digest(signatureOf(authToken, url, form)), digest(signature));
