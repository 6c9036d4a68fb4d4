import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { signatureHeader } from '../../src/domain/webhooks/signature';
import { createSecretBox } from '../../src/outbound/webhooks/secret-box';

const box = createSecretBox('a secret of the service that is long enough');
const body = '{"type":"throughline.conversation.v1.ConversationOpened","data":{"text":"你好 ✓"}}';
const now = Math.floor(Date.now() / 1_000);
const headers = (secrets: string[], id = 'msg_1', at = now) => ({
  'webhook-id': id,
  'webhook-timestamp': String(at),
  'webhook-signature': signatureHeader(secrets, id, at, body),
});

describe('signatures', () => {
  it('are the example of the Standard Webhooks', () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const header = signatureHeader([secret], 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, '{"test": 2432232314}');
    expect(header.split(' ')[0]).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('are accepted by their reference library, by either secret while two are active', () => {
    const [old, next, foreign] = [box.create().secret, box.create().secret, box.create().secret];
    const both = headers([next, old]);
    expect(new Webhook(old).verify(body, both)).toEqual(JSON.parse(body));
    expect(new Webhook(next).verify(body, both)).toEqual(JSON.parse(body));
    expect(() => new Webhook(foreign).verify(body, both)).toThrow();
    expect(() => new Webhook(next).verify(body.replace('你', '我'), both)).toThrow();
    expect(() => new Webhook(next).verify(body, { ...both, 'webhook-id': 'msg_2' })).toThrow();
    expect(() => new Webhook(next).verify(body, { ...both, 'webhook-timestamp': String(now + 1) })).toThrow();
    expect(() => new Webhook(next).verify(body, headers([next], 'msg_1', now - 3_600))).toThrow('too old');
  });

  it('say the same over timestamp, id and body', () => {
    const { secret } = box.create();
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const expected = createHmac('sha256', key).update(`${now}.msg_1.${body}`).digest('base64');
    expect(signatureHeader([secret], 'msg_1', now, body).split(' ')[1]).toBe(`tl1,${expected}`);
  });
});

describe('kept secrets', () => {
  it('are 256 bits, each another, unreadable without the key, and not to be altered', () => {
    const { secret, sealed } = box.create();
    expect(Buffer.from(secret.slice('whsec_'.length), 'base64')).toHaveLength(32);
    expect(box.create().secret).not.toBe(secret);
    expect(box.open(sealed)).toBe(secret);
    expect(sealed).not.toContain(secret.slice(6, 20));
    expect(() => createSecretBox('another secret of another service, long').open(sealed)).toThrow();
    const bytes = Buffer.from(sealed, 'base64');
    bytes[30]! ^= 1;
    expect(() => box.open(bytes.toString('base64'))).toThrow();
  });
});
