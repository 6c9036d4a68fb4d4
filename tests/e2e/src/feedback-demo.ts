// The part of the demo about feedback: a customer is asked by mail, answers in a browser, is not content; the case gets a
// clock, its cause is found and removed, and the customer is told.
import { eventually as eventuallyWithin } from '@throughline/testing';
import { findBrowser, openBrowser } from './world/browser';
import { mailsTo, sendMail } from './world/mail';
import type { Entry } from './world/print';
import { bold, dim, printTimeline, step } from './world/print';
import type { Product } from './world/product';
import type { Json } from './world/rest';
import { call } from './world/rest';
import { customerOf, readTimeline } from './world/timeline';

const eventually = <T>(what: string, look: () => T | Promise<T>) => eventuallyWithin(what, look, 60_000);

type Case = { id: string; state: string; dueAt: string; what: string };
type Score = { n: string; value: number; low: number; high: number; sampleTooSmall: boolean; neededN: string };

const comment = 'The parcel was late <script>alert("nobody runs this")</script> and nobody told me.';

/** What must be on the timeline in the end, in this order. */
const expected = [
  'Asked: parcels-',
  'Customer answered: parcels-',
  'Recovery case opened: The parcel was late',
  'Cause found: process.unexplained',
  'Recovery case: received → responded',
  'Recovery case closed: recovered',
  'Customer was told what we did: Every parcel',
];

async function solvedConversation(product: Product, run: string, email: string) {
  await sendMail(product, { from: `Eve <${email}>`, subject: 'Parcel 77', text: 'Where is my parcel?' });
  const customer = await eventually('Eve', () => customerOf(product, 'EMAIL', email));
  const conversation = await eventually('her conversation', async () => {
    const list = await call(product, 'GET', `/v1/conversations?customerId=${customer.id}&channel=email`);
    return (list.conversations as { id: string }[] | undefined)?.[0];
  });
  const path = `/v1/conversations/${conversation.id}`;
  const actor = { kind: 'ACTOR_KIND_AGENT', id: 'agent-7', displayName: 'Sam' };
  await call(product, 'PATCH', path, { topic: `parcels-${run}`, updateMask: 'topic' });
  await call(product, 'POST', `${path}/messages`, { text: 'It comes tomorrow.', actor });
  await call(product, 'POST', `${path}:solve`, { reason: 'answered', actor });
  return customer;
}

/** Answers on the page as a customer does; without a browser the form is sent as it would send it. */
async function answer(link: string, screenshot: string | undefined) {
  const program = findBrowser();
  if (!program) {
    step('No Chromium is installed here: the form is sent without one');
    const body = new URLSearchParams({ 'q.csat': '2', comment, may_contact: 'yes' });
    const page = await fetch(link, { method: 'POST', body });
    if (!(await page.text()).includes('is recorded')) throw new Error('the answer was not taken');
    return;
  }
  const browser = await openBrowser(program);
  try {
    const page = await browser.newPage({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
    await page.goto(link);
    await page.getByRole('radio', { name: '2', exact: true }).first().check();
    await page.getByLabel(/main reason/).fill(comment);
    await page.getByLabel(/may contact me/).check();
    if (screenshot) await page.screenshot({ path: screenshot, fullPage: true });
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('Your answer is recorded.').waitFor();
  } finally {
    await browser.close();
  }
  step('Eve opened the link in Chromium (scripts off), chose 2 of 5, wrote why, and sent it');
}

async function recover(product: Product, run: string, customerId: string) {
  const write = (path: string, body: Json) =>
    call(product, 'POST', path, body, { 'idempotency-key': `feedback-${run}-${path}` });
  const [opened] = await eventually('the case', async () => {
    const list = await call(product, 'GET', `/v1/recovery-cases?customerId=${customerId}`);
    const cases = (list.cases ?? []) as Case[];
    return cases.length > 0 && cases;
  });
  const one = opened!;
  const clock = await eventually('its clock', async () =>
    call(product, 'GET', `/v1/promises/case-${one.id}`).catch(() => undefined),
  );
  step(`The low answer opened a case; its clock in SLA: ${(clock.promise as Json)['dueLocal']}`);
  const failurePointId = `late-parcels-${run}`;
  await write('/v1/failure-points', { failurePointId, name: 'Late parcels', causeId: 'process.unexplained' });
  await write(`/v1/recovery-cases/${one.id}:setCause`, {
    cause: { failurePointId, note: 'nobody tells when it is late' },
  });
  await write(`/v1/recovery-cases/${one.id}:advance`, {
    to: 'CASE_STATE_RESPONDED',
    actorId: 'agent-7',
    note: 'called her',
  });
  await write(`/v1/recovery-cases/${one.id}:resolve`, { outcome: 'CASE_OUTCOME_RECOVERED', actorId: 'agent-7' });
  step('Sam called her in time, named the cause (process: not explained) and closed the case as recovered');
  const improvementId = `tell-early-${run}`;
  const youSaid = 'My parcel was late and nobody told me.';
  const weDid = 'Every parcel that is late is announced the day before.';
  await write('/v1/improvements', { improvementId, failurePointId, youSaid, weDid });
  await write(`/v1/improvements/${improvementId}:complete`, {});
  const told = await write(`/v1/improvements/${improvementId}:tell`, {});
  step(`The cause is removed; told precisely those concerned: ${told['told']} customer`);
}

/** Runs it; gives what is missing on the timeline. */
export async function feedbackDemo(product: Product, run: string, screenshot?: string): Promise<string[]> {
  console.log(bold('\nEve is asked, answers in a browser, and hears what was done about it'));
  const email = `eve.${run}@example.org`;
  const surveyId = `parcels-${run}`;
  const content = {
    name: 'Parcels',
    company: 'Acme',
    conditions: [{ field: 'topic', anyOf: [surveyId] }],
    questions: [
      { id: 'csat', kind: 'QUESTION_KIND_CSAT', required: true },
      { id: 'ces', kind: 'QUESTION_KIND_CES' },
    ],
    delaySeconds: 1,
  };
  await call(product, 'POST', '/v1/surveys', { surveyId, content }, { 'idempotency-key': `survey-${run}` });
  // A service that read the surveys just before keeps them for a second.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const customer = await solvedConversation(product, run, email);
  const mail = await eventually('the survey mail', async () =>
    (await mailsTo(product, email)).find(({ subject }) => subject === 'How did we do?'),
  );
  const link = /https?:\/\/\S+\/s\/[\w-]+/.exec(mail.text ?? '')?.[0];
  if (!link) throw new Error('the survey mail holds no link');
  step('The solved conversation is asked about by mail; its link is hers alone');
  for (let i = 0; i < 5; i++) await fetch(`${link}?v=${i + 1}`);
  const stateOf = async () =>
    ((await call(product, 'GET', `/v1/survey-invitations?surveyId=${surveyId}`)).invitations as { state: string }[])[0]!
      .state;
  if ((await stateOf()) !== 'INVITATION_STATE_SENT') throw new Error('opening a link recorded an answer');
  step('A mail scanner opened every link in it: nothing is recorded');
  await answer(link, screenshot);
  await recover(product, run, customer.id);
  await eventually('the message that closes the loop', async () =>
    (await mailsTo(product, email)).find(({ subject }) => subject === 'You said, we did'),
  );

  const missing = (entries: Entry[]) =>
    expected.filter((text) => !entries.some(({ summary }) => summary.startsWith(text)));
  const whole = async () => {
    const entries = await readTimeline(product, customer.id);
    return missing(entries).length === 0 && entries;
  };
  const entries =
    (await eventually("Eve's timeline", whole).catch(() => undefined)) ?? (await readTimeline(product, customer.id));
  printTimeline("Eve's timeline, oldest first", entries);
  const score = await eventually('the score', async () => {
    const answerOf = await call(product, 'GET', `/v1/scores?kind=QUESTION_KIND_CSAT&surveyId=${surveyId}`);
    const total = answerOf['total'] as Score;
    return total.n === '1' && total;
  });
  console.log(
    dim(
      `  GET /v1/scores: CSAT ${score.value ?? 0} %, n ${score.n}, 95 % interval ${(score.low ?? 0).toFixed(1)} to ${score.high.toFixed(1)}; too small: ${score.sampleTooSmall}, needs ${score.neededN}`,
    ),
  );
  return missing(entries);
}
