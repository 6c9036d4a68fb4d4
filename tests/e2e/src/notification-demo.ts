// The part of the demo about messages beside replies: a delay told early, a promotion held back, an incident, a bounce, an unsubscribe.

import { eventually as eventuallyWithin } from '@throughline/testing';
import { createTransport } from 'nodemailer';
import { mailsTo, sendMail } from './world/mail';
import { bold, printTimeline, step } from './world/print';
import type { Product } from './world/product';
import type { Json } from './world/rest';
import { call } from './world/rest';
import { customerOf, readTimeline } from './world/timeline';

const eventually = <T>(what: string, look: () => T | Promise<T>) => eventuallyWithin(what, look, 60_000);

type Delivery = { id: string; state: string; reason: string; detail: string; customerId: string; text: string };

/** What must be on Eva's timeline in the end. */
const expected = [
  'Message on its way: service email "An update on your repair"',
  'Message sent: service email "An update on your repair"',
  'Promised: tell you more about your repair',
  'Message not sent: promotional email "Summer sale": no consent',
  'Consent: to promotional messages by email, web form',
  'Message sent: promotional email "Summer sale"',
  'Preferences changed: no promotional messages by email',
  'Address suppressed: opt out',
  'Message not sent: promotional email "Autumn sale": the address is on the suppression list: opt out',
  'Message sent: service email "Online payment is down: investigating"',
  'Message sent: service email "Online payment is down: identified"',
  'Message sent: service email "Online payment is down: monitoring"',
  'Message sent: service email "Online payment is down: resolved"',
  'Message sent: service email "Online payment is down: what we learnt"',
];

const policy = {
  budget: [{ name: 'week', windowSeconds: '604800', maxMessages: 20 }],
  defaultTimeZone: 'Europe/Berlin',
  consentRequired: true,
  atRiskBlocks: true,
  holdSeconds: '604800',
  digest: true,
  senderPostalAddress: 'Acme Ltd\n1 Main Street\nSpringfield',
};

const soon = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString();
const point = (value: string) => ({ type: 'CONTACT_POINT_TYPE_EMAIL', value });

/** A delivery status notification as the recipient's mail server sends it to the return address. */
async function bounce(product: Product, returnAddress: string, recipient: string, messageId: string) {
  const raw = [
    'From: Mail Delivery System <mailer-daemon@example.org>',
    `To: ${returnAddress}`,
    'Subject: Undelivered Mail Returned to Sender',
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'No such user.',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example.org',
    '',
    `Final-Recipient: rfc822; ${recipient}`,
    'Action: failed',
    'Status: 5.1.1',
    'Diagnostic-Code: smtp; 550 5.1.1 no such user',
    '',
    '--b',
    'Content-Type: text/rfc822-headers',
    '',
    `Message-ID: ${messageId}`,
    '',
    '--b--',
    '',
  ].join('\r\n');
  const { host, port } = product.smtp;
  const transport = createTransport({ host, port, secure: false, ignoreTLS: true });
  try {
    await transport.sendMail({ envelope: { from: '', to: returnAddress }, raw });
  } finally {
    transport.close();
  }
}

export async function notificationDemo(product: Product, run: string): Promise<string[]> {
  console.log(bold('\nEva is told what is not a reply'));
  const eva = `eva.${run}@example.org`;
  const write = (path: string, body: Json, name: string, method = 'POST') =>
    call(product, method, path, body, { 'idempotency-key': `notify-${run}-${name}` });
  const send = async (address: string, messageClass: string, subject: string) => {
    const notification = {
      to: point(address),
      messageClass: `MESSAGE_CLASS_${messageClass}`,
      topic: messageClass === 'PROMOTIONAL' ? 'offers' : '',
      department: 'sales',
      plain: { subject, text: `${subject}, and more.` },
    };
    return (await write('/v1/notifications', { notification }, `${address} ${subject}`)).delivery as Delivery;
  };
  const mailTo = (address: string, subject: string) =>
    eventually(`the mail "${subject}"`, async () =>
      (await mailsTo(product, address)).find((mail) => mail.subject === subject),
    );
  await write('/v1/contact-policy', { contactPolicy: policy }, 'policy', 'PUT');
  await sendMail(product, { from: `Eva <${eva}>`, subject: 'My repair', text: 'When is it ready?' });
  const customer = await eventually('Eva', () => customerOf(product, 'EMAIL', eva));

  const notice = {
    to: point(eva),
    what: 'your repair',
    reason: 'A spare part came broken.',
    nextAt: soon(60),
    teamId: 'repairs',
  };
  await write('/v1/delay-notices', notice, 'delay');
  const late = await mailTo(eva, 'An update on your repair');
  step(`A delay is told before anybody asks: ${late.text?.replace(/\s+/g, ' ').trim()}`);

  const refused = await send(eva, 'PROMOTIONAL', 'Summer sale');
  step(`A promotion is held back: ${refused.state}, ${refused.reason}: ${refused.detail}`);
  const consent = {
    channel: 'email',
    givenAt: new Date().toISOString(),
    source: 'web form',
    wording: 'Yes, offers please',
    evidence: 'form 7',
  };
  await write(`/v1/customers/${customer.id}/consents`, { consent }, 'consent');
  const again = {
    to: point(eva),
    messageClass: 'MESSAGE_CLASS_PROMOTIONAL',
    topic: 'offers',
    plain: { subject: 'Summer sale', text: 'Summer sale, and more.' },
  };
  const { explanation } = (await call(product, 'POST', '/v1/notifications:preview', { notification: again })) as {
    explanation: string[];
  };
  step(`With a consent on record a dry run says: ${explanation.at(-1)}`);
  await write('/v1/notifications', { notification: again }, 'with consent');
  const offer = await mailTo(eva, 'Summer sale');
  const link = /<(.+)>/.exec(offer.headers.find(({ key }) => key === 'list-unsubscribe')?.value ?? '')?.[1] ?? '';
  const signature = offer.headers.find(({ key }) => key === 'dkim-signature')?.value ?? '';
  const covered =
    /\bh=([^;]+)/
      .exec(signature)?.[1]
      ?.toLowerCase()
      .split(/[\s:]+/) ?? [];
  const uncovered = ['list-unsubscribe', 'list-unsubscribe-post'].filter((name) => !covered.includes(name));
  if (uncovered.length > 0) throw new Error(`the DKIM signature does not cover ${uncovered.join(', ')}`);
  step(
    `The promotion says where its sender lives (${offer.text?.trim().split('\n').slice(-3).join(', ')}), and its unsubscribe headers are DKIM-signed`,
  );
  const looked = await fetch(link);
  const done = await fetch(link, { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) });
  step(`One POST unsubscribes (looking: ${looked.status}, posting: ${done.status})`);
  const stopped = await send(eva, 'PROMOTIONAL', 'Autumn sale');
  step(`The next promotion: ${stopped.state}, ${stopped.detail}`);

  const incident = {
    incidentId: `down-${run}`,
    title: 'Online payment is down',
    impact: 'card payments',
    message: 'We are looking for the cause.',
    nextUpdateAt: soon(20),
    severe: true,
    affected: [point(eva)],
  };
  await write('/v1/incidents', incident, 'open');
  await mailTo(eva, 'Online payment is down: investigating');
  const update = {
    phase: 'INCIDENT_PHASE_IDENTIFIED',
    message: 'A certificate ran out; it is being replaced.',
    nextUpdateAt: soon(45),
  };
  await write(`/v1/incidents/${incident.incidentId}:update`, update, 'update');
  await mailTo(eva, 'Online payment is down: identified');
  const watched = {
    phase: 'INCIDENT_PHASE_MONITORING',
    message: 'The new certificate is in place; we watch whether payments go through.',
    nextUpdateAt: soon(90),
  };
  await write(`/v1/incidents/${incident.incidentId}:update`, watched, 'watch');
  const monitored = await mailTo(eva, 'Online payment is down: monitoring');
  step(`The cause is removed and watched: ${monitored.text?.replace(/\s+/g, ' ').trim()}`);
  await write(`/v1/incidents/${incident.incidentId}:resolve`, { message: 'Payments work again.' }, 'resolve');
  await mailTo(eva, 'Online payment is down: resolved');
  const learnt = 'A certificate ran out unnoticed. It is renewed by itself now, and we are warned two weeks before.';
  await write(`/v1/incidents/${incident.incidentId}:review`, { message: learnt }, 'review');
  await mailTo(eva, 'Online payment is down: what we learnt');
  step(
    'A severe incident is told from investigating over identified and monitoring to resolved and its review, each update with the time of the next',
  );
  const kept = await eventually('the promises of the next updates', async () => {
    const states: string[] = [];
    for (const n of [1, 2, 3]) {
      const found = await call(product, 'GET', `/v1/promises/incident-down-${run}-${n}`).catch(() => undefined);
      states.push((found?.['promise'] as { state: string } | undefined)?.state ?? '');
    }
    return states.every((state) => state === 'PROMISE_STATE_KEPT') && states;
  });
  step(`Each promised next update is a promise in SLA: incident-down-${run}-1 to -3, ${kept[0]}`);

  const gone = `gone.${run}@example.org`;
  const first = await send(gone, 'TRANSACTIONAL', 'Your receipt');
  const receipt = await mailTo(gone, 'Your receipt');
  await bounce(product, receipt.replyTo?.[0]?.address ?? '', gone, receipt.messageId ?? '');
  const second = await eventually('the suppression', async () => {
    const { suppressions } = await call(
      product,
      'GET',
      `/v1/suppressions?contactPoint=${encodeURIComponent(`email:${gone}`)}`,
    );
    return (suppressions as Json[] | undefined)?.length ? send(gone, 'TRANSACTIONAL', 'Your invoice') : undefined;
  });
  step(`A mail came back for good (${first.id}); the next one: ${second.state}, ${second.detail}`);

  const lost = (summaries: string[]) =>
    expected.filter((line) => !summaries.some((summary) => summary.startsWith(line)));
  const whole = async () => {
    const entries = await readTimeline(product, customer.id);
    return lost(entries.map(({ summary }) => summary)).length === 0 ? entries : undefined;
  };
  const entries =
    (await eventually('the timeline', whole).catch(() => undefined)) ?? (await readTimeline(product, customer.id));
  printTimeline("Eva's timeline, oldest first", entries);
  const goneCustomer = await eventually('the dead address', () => customerOf(product, 'EMAIL', gone));
  printTimeline('The dead address', await readTimeline(product, goneCustomer.id));
  return lost(entries.map(({ summary }) => summary));
}
