import { createHmac } from 'node:crypto';
import { patiently } from './patiently';
import type { Product } from './product';

/** Signature of a webhook in the Twilio shape: HMAC-SHA1 over the URL and the sorted parameters. */
export function signWebhook(authToken: string, url: string, params: Record<string, string>) {
  const text = Object.keys(params)
    .sort()
    .reduce((all, name) => all + name + params[name], url);
  return createHmac('sha1', authToken).update(text, 'utf8').digest('base64');
}

/** Posts one signed webhook as a telephony provider does, with its retries; returns the call instructions of the answer. */
export const postCallEvent = (product: Product, event: string, params: Record<string, string>) =>
  patiently(() => post(product, event, params));

async function post(product: Product, event: string, params: Record<string, string>) {
  const path = `/voice/${product.voice.accountPath}/${event}`;
  const response = await fetch(product.voice.url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': signWebhook(product.voice.authToken, product.voice.publicUrl + path, params),
    },
    body: new URLSearchParams(params).toString(),
  });
  const text = await response.text();
  if (!response.ok)
    throw Object.assign(new Error(`voice webhook ${event}: ${response.status} ${text}`), { status: response.status });
  return text;
}
