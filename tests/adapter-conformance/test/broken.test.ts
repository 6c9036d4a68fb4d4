// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are pieces of the program text that is broken.
import type { CheckName } from '../src';
import { checks, startBench } from '../src';
import { exampleDriver, exampleSource, loadExample } from '../src/drivers/example';

/** One way to break the documented example per rule; the check of that rule must say so in these words. */
const breakages: [name: string, check: CheckName, from: string | RegExp, to: string, complaint: RegExp][] = [
  ['an adapter without its name', 'envelope', "adapter: 'example-sms',", "adapter: '',", /adapter/],
  [
    'a number in another spelling',
    'envelope',
    'contactPoint: { type: phone, value: point.value }',
    'contactPoint: { type: phone, value: `0${number.slice(3)}` }',
    /contact/,
  ],
  ['another record key', 'envelope', '/sms/${point.value}`', '/${point.value}`', /key of the record/],
  ['a time of its own', 'envelope', 'time: occurredAt', 'time: new Date()', /occurred_at/],
  [
    'a new key for every delivery',
    'deduplication',
    'publish(sms.from, sms.id,',
    'publish(sms.from, sms.id + Math.random(),',
    /event key/,
  ],
  [
    'one key for the whole thread',
    'deduplication',
    'publish(sms.from, sms.id,',
    'publish(sms.from, sms.from,',
    /different event/,
  ],
  [
    'a new id for every delivery',
    'deduplication',
    "uuidFromHash(options.tenantId, 'example-sms', eventKey)",
    'eventKey + Math.random()',
    /the id of its first/,
  ],
  ['a thread per event', 'order', /threadKey: point\.value/, 'threadKey: eventKey', /one thread key/],
  ['one thread for everybody', 'order', /threadKey: point\.value/, "threadKey: 'all'", /different threads/],
  [
    'a yes before Kafka has it',
    'order',
    'await receive(JSON.parse(body)).then(() => 204, (error) => (isRefusal(error) ? 400 : 503))',
    '204; setTimeout(() => void receive(JSON.parse(body)).catch(() => 0), 1_500)',
    /by the time of the answer/,
  ],
  ['a yes without Kafka', 'back-pressure', '(isRefusal(error) ? 400 : 503)', '204', /put off/],
  ['a no without Kafka', 'back-pressure', '(isRefusal(error) ? 400 : 503)', '400', /put off/],
  [
    'a send per copy',
    'replay safety',
    "'idempotency-key': send.messageId",
    "'idempotency-key': `${Math.random()}`",
    /once/,
  ],
  ['no news of a send', 'replay safety', /await publish\(send\.to\.value.*\n/, '\n', /is reported/],
  [
    'a machine taken for a person',
    'loop breaking',
    'sms.automatic ? classes.AUTO_REPLY : classes.NORMAL',
    'classes.NORMAL',
    /automatic message is told/,
  ],
  [
    'our own words taken for the customer’s',
    'loop breaking',
    'sms.from === options.ownNumber ? classes.OWN :',
    '',
    /our own message/,
  ],
  [
    'an answer that hides that it is automatic',
    'loop breaking',
    'text: send.text, automatic })',
    'text: send.text, automatic: false })',
    /machine wrote it/,
  ],
  ['no bound', 'size limit', /10_000/g, '10_000_000', /put off|for ever|256 KiB/],
];

test.each(breakages)(
  '%s breaks the rule "%s"',
  async (name, check, from, to, complaint) => {
    const source = exampleSource();
    const broken = source.replace(from, to);
    expect(broken).not.toBe(source);
    const module = loadExample(`broken-${name.replace(/\W+/g, '-')}`, broken);
    const driver = exampleDriver(() => module);
    const bench = await startBench(driver, process.env['KAFKA_BROKERS']!.split(','), process.env['MONGO_URL']!);
    try {
      await expect(checks[check](bench)).rejects.toThrow(complaint);
    } finally {
      await bench.stop();
    }
  },
  180_000,
);
