import { eventually as eventuallyWithin } from '@throughline/testing';
import { sendMail } from './mail';
import type { Entry } from './print';
import type { Product } from './product';
import type { Json } from './rest';
import { call } from './rest';
import { customerOf, readTimeline } from './timeline';

const eventually = <T>(what: string, look: () => T | Promise<T>) => eventuallyWithin(what, look, 60_000);

type Clock = { id: string; metric: string; state: string };
type Explanation = { summary: string; steps: { at: string; text: string }[] };

/** What must be on the timeline in the end. */
const expected = [
  'Clock started: first reply',
  'Clock stopped: first reply met',
  'Clock paused: time to solve',
  'Clock resumed: time to solve',
  'Clock started: next reply',
  'Clock warning: next reply: 50 %',
  'Clock breached: next reply',
  'Promised: call Dora back',
  'Promise due soon: agent-7: call Dora back',
  'Promise kept: call Dora back',
  'Promised: send the label',
  'Promise broken: send the label',
];

/**
 * A mail starts clocks under a policy with targets of seconds, a reply pauses them, the next question is left waiting until
 * its clock warns and breaches; a promise is kept after its reminder, another one is broken.
 */
export async function deadlines(product: Product, run: string, say: (text: string) => void) {
  const email = `dora.${run}@example.org`;
  const write = (method: string, path: string, body: Json, name: string) =>
    call(product, method, path, body, { 'idempotency-key': `deadlines-${run}-${name}` });
  const calendarId = `round-the-clock-${run}`;
  const days = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'];
  const weeklyHours = days.map((day) => ({ day: `DAY_OF_WEEK_${day}`, opens: '00:00', closes: '24:00' }));
  await write('POST', '/v1/calendars', { calendarId, timeZone: 'Europe/Berlin', weeklyHours }, 'calendar');
  const policyId = `short-${run}`;
  const target = (metric: string, targetSeconds: number) => ({ metric: `METRIC_${metric}`, targetSeconds });
  const targets = [target('FIRST_REPLY', 20), target('NEXT_REPLY', 4), target('TIME_TO_SOLVE', 600)];
  const conditions = [{ field: 'channel', anyOf: ['email'] }];
  const policy = { policyId, conditions, calendarIds: [calendarId], targets, warnPercents: [50] };
  await write('POST', '/v1/sla-policies', policy, 'policy');
  // A service that read the policies just before keeps them for a second.
  await new Promise((resolve) => setTimeout(resolve, 1_100));

  await sendMail(product, { from: `Dora <${email}>`, subject: 'Return label', text: 'Where is my label?' });
  const customer = await eventually('Dora', () => customerOf(product, 'EMAIL', email));
  const conversation = await eventually('her conversation', async () => {
    const list = await call(product, 'GET', `/v1/conversations?customerId=${customer.id}&channel=email`);
    return (list.conversations as { id: string }[] | undefined)?.[0];
  });
  const clocks = async (query = '') =>
    ((await call(product, 'GET', `/v1/clocks?conversationId=${conversation.id}${query}`)).clocks ?? []) as Clock[];
  const clockOf = (metric: string, state: string) =>
    eventually(`${metric} ${state}`, async () =>
      (await clocks()).find((clock) => clock.metric === `METRIC_${metric}` && clock.state === `CLOCK_STATE_${state}`),
    );
  await clockOf('FIRST_REPLY', 'RUNNING');
  say("Dora's mail started the clocks of first reply (20 s) and time to solve");
  const actor = { kind: 'ACTOR_KIND_AGENT', id: 'agent-7', displayName: 'Sam' };
  await write('POST', `/v1/conversations/${conversation.id}/messages`, { text: 'I will look for it.', actor }, 'reply');
  await clockOf('FIRST_REPLY', 'MET');
  await clockOf('TIME_TO_SOLVE', 'PAUSED');
  say('The reply met the one and paused the other');
  await sendMail(product, { from: `Dora <${email}>`, subject: 'Re: Return label', text: 'And when will it come?' });

  const promise = (what: string, seconds: number) =>
    write(
      'POST',
      '/v1/promises',
      {
        conversationId: conversation.id,
        contactPoint: { type: 'CONTACT_POINT_TYPE_EMAIL', value: email },
        what,
        quote: `I will ${what} in a moment`,
        promiserKind: 'PROMISER_KIND_AGENT',
        promiserId: 'agent-7',
        teamId: 'support',
        dueAt: new Date(Date.now() + seconds * 1000).toISOString(),
        timeZone: 'Europe/Berlin',
        remindBeforeSeconds: Math.ceil(seconds / 2),
        noticeBeforeSeconds: 0,
      },
      what,
    ).then((answer) => answer.promise as { id: string });
  const kept = await promise('call Dora back', 8);
  const broken = await promise('send the label', 3);
  say('Sam promised to call back in 8 s and to send the label in 3 s');

  const late = await clockOf('NEXT_REPLY', 'BREACHED').catch(async (error) => {
    // A mail that did not join the conversation is another one; say so instead of waiting in vain.
    throw new Error(`${(error as Error).message}: ${JSON.stringify(await clocks())}`);
  });
  const explanation = (await call(product, 'GET', `/v1/clocks/${late.id}:explain`)) as unknown as Explanation;
  const stateOf = async (id: string) =>
    ((await call(product, 'GET', `/v1/promises/${id}`)).promise as { state: string }).state;
  await eventually('the broken promise', async () => (await stateOf(broken.id)) === 'PROMISE_STATE_BROKEN');
  await eventually('the reminder', async () =>
    (await readTimeline(product, customer.id)).some(({ summary }) => summary.includes('due soon: agent-7: call Dora')),
  );
  await write('POST', `/v1/promises/${kept.id}:keep`, { note: 'she is happy' }, 'keep');
  await call(product, 'DELETE', `/v1/sla-policies/${policyId}`, undefined, {
    'idempotency-key': `deadlines-${run}-end`,
  });
  const missing = (entries: Entry[]) =>
    expected.filter((text) => entries.filter(({ summary }) => summary.startsWith(text)).length !== 1);
  const whole = async () => {
    const entries = await readTimeline(product, customer.id);
    return missing(entries).length === 0 && entries;
  };
  const entries = (await eventually("Dora's timeline", whole).catch(() => undefined)) ?? [];
  const seen = entries.length > 0 ? entries : await readTimeline(product, customer.id);
  return { entries: seen, missing: missing(seen), explanation, customerId: customer.id };
}
