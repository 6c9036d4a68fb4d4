// The demo: real mails over SMTP, real web chats over WebSocket, real signed telephony webhooks, of customers who switch
// channels; then the timelines, read back over REST and gRPC and compared with what was said. With `--kill` the services
// are killed meanwhile, each once.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { eventually as eventuallyWithin } from '@throughline/testing';
import { feedbackChannelsDemo } from './feedback-channels-demo';
import { feedbackDemo } from './feedback-demo';
import { notificationDemo } from './notification-demo';
import { routingDemo } from './routing-demo';
import { webhooksDemo } from './webhooks-demo';
import { openChat } from './world/chat';
import { check } from './world/check';
import { deadlines } from './world/deadlines';
import { readTimelineOverGrpc } from './world/grpc';
import { startKilling } from './world/killer';
import { mailsTo, sendMail } from './world/mail';
import { patiently } from './world/patiently';
import type { Entry } from './world/print';
import { bold, dim, printTimeline, step } from './world/print';
import type { Product } from './world/product';
import { readProduct } from './world/product';
import { call, openStream } from './world/rest';
import { customerOf, readTimeline } from './world/timeline';
import { postCallEvent } from './world/voice';

const root = join(__dirname, '..', '..', '..');
const run = Date.now().toString(36);
const killing = process.argv.includes('--kill');
/** Where the survey page is kept as a picture: `--screenshot <file>`. */
const screenshot = process.argv[process.argv.indexOf('--screenshot') + 1 || process.argv.length];

// A killed consumer's place in its group is free again after its session.
const eventually = <T>(what: string, look: () => T | Promise<T>) => eventuallyWithin(what, look, 60_000);

const callSteps = ['Call started', 'Call queued', 'Call answered', 'Call held', 'Call resumed', 'Call ended'];
const firstQuestion = 'Hello, I called a minute ago about order 1042. The box arrived empty.';
const secondQuestion = 'Could you look into it?';
const answer = 'Dear Ada, we are sorry. A new box leaves today.';
const lastQuestion = 'Great, that works for me. What about the first payment?';
/** What happens to Ada, in its order, as her timeline must tell it. */
const adaStory = [...callSteps, firstQuestion, secondQuestion, 'as I said in the chat', answer, lastQuestion];
const benStory = ['Hi!', 'Is the shop in Lyon open today?', 'Until when?'];
const chenStory = ['您好，请把发票寄给我。'];

async function phoneCall(product: Product, sid: string, from: string) {
  const base = { CallSid: sid, From: from, To: '+493012345678', Direction: 'inbound' };
  await postCallEvent(product, 'incoming', { ...base, CallStatus: 'ringing' });
  await postCallEvent(product, 'queued', { ...base, CallStatus: 'in-progress', QueueName: 'support' });
  await postCallEvent(product, 'answered', { ...base, CallStatus: 'in-progress', AnsweredBy: 'agent-7' });
  await postCallEvent(product, 'hold', { ...base, CallStatus: 'in-progress' });
  await postCallEvent(product, 'resumed', { ...base, CallStatus: 'in-progress' });
  await postCallEvent(product, 'ended', { ...base, CallStatus: 'completed', CallDuration: '93' });
}

async function ada(product: Product) {
  const email = `ada.${run}@example.org`;
  const phone = `+4930${String(Date.now()).slice(-8)}`;
  console.log(bold('\nAda calls, chats and writes: one person, one timeline'));

  step(`Ada calls from ${phone}; the provider posts six signed webhooks`);
  await phoneCall(product, `CA${run}ada`, phone);

  step('Ada opens the web chat; her signed visitor token proves her e-mail address and her number');
  const chat = await openChat(product, { id: `visitor-${run}`, name: 'Ada Lovelace', email, phone });
  await chat.say('m1', firstQuestion);
  await chat.say('m2', secondQuestion);

  const customer = await eventually('the three contact points on one customer', async () => {
    const found = await customerOf(product, 'EMAIL', email);
    return found && found.contactPoints.length >= 3 && found;
  });
  const [newest] = (await call(product, 'GET', `/v1/customers/${customer.id}/timeline?pageSize=1`)).entries as Entry[];
  const stream = await openStream(product, `/v1/customers/${customer.id}/timeline:watch`, newest?.cursor);

  step(`Ada writes from ${email}; the mail is accepted over SMTP`);
  const sent = await sendMail(product, {
    from: `Ada Lovelace <${email}>`,
    subject: 'Order 1042 arrived empty',
    text: 'Hello,\n\nas I said in the chat: the box was empty. A photo follows.\n\nAda',
  });
  const live = await eventually('the mail on the live stream', async () =>
    stream.events.find((event) => JSON.stringify(event.data).includes('Order 1042 arrived empty')),
  );
  step(
    `… and is on the live stream (SSE) ${Math.max(0, live.receivedAt - sent.acceptedAt)} ms after its SMTP acceptance`,
  );
  await stream.close();

  const conversation = await eventually('the conversation of the mail', async () => {
    const list = await call(product, 'GET', `/v1/conversations?customerId=${customer.id}&channel=email`);
    return (list.conversations as { id: string }[] | undefined)?.[0];
  });
  step('An agent replies through the API; the reply goes out over SMTP with threading headers');
  await call(
    product,
    'POST',
    `/v1/conversations/${conversation.id}/messages`,
    {
      text: answer,
      actor: { kind: 'ACTOR_KIND_AGENT', id: 'agent-7', displayName: 'Sam' },
    },
    { 'idempotency-key': `demo-reply-${run}` },
  );
  const reply = await eventually('the reply in the mail sink', async () =>
    (await mailsTo(product, email)).find((mail) => mail.text?.includes('A new box leaves today')),
  );
  step(`Ada's mailbox has it: In-Reply-To ${reply.inReplyTo}`);

  step("Ada answers; her mail program quotes only the reply's Message-ID");
  await sendMail(product, {
    from: `Ada Lovelace <${email}>`,
    subject: 'Re: Order 1042 arrived empty',
    text: lastQuestion,
    inReplyTo: reply.messageId,
    references: [reply.messageId].filter((id): id is string => Boolean(id)),
  });
  await eventually('the answer in the same conversation', async () => {
    const list = await call(product, 'GET', `/v1/conversations/${conversation.id}/messages`);
    return (list.messages as { text: string }[]).some((message) => message.text.includes('first payment'));
  });
  step('… and it joined the conversation');
  chat.close();
  return customer.id;
}

async function others(product: Product) {
  console.log(bold('\nBen chats anonymously, Chen writes twice'));
  const ben = await openChat(product, { id: `ben-${run}`, name: 'Ben' });
  for (const [i, text] of benStory.entries()) await ben.say(`b${i}`, text);
  step('Ben sent three chat messages');
  const chen = `chen.${run}@example.org`;
  const mail = {
    from: `Chen <${chen}>`,
    subject: '发票问题',
    text: chenStory[0] ?? '',
    messageId: `<${run}-chen@example.org>`,
  };
  for (let i = 0; i < 5; i++) await sendMail(product, mail);
  step("Chen's mail server delivered the same mail five times");
  ben.close();
  return { ben: `ben-${run}`, chen };
}

/** Shows a timeline when it is whole, and says whether it is what was said. */
async function show(product: Product, title: string, customerId: string, story: string[]): Promise<boolean> {
  const whole = () => readTimeline(product, customerId).then((entries) => !check(story, entries).lost && entries);
  const entries = (await eventually(title, whole).catch(() => undefined)) ?? (await readTimeline(product, customerId));
  printTimeline(`${title}, oldest first`, entries);
  const { told, lost, doubled, reordered } = check(story, entries);
  console.log(dim(`  of ${told} things said: ${lost} lost, ${doubled} doubled, ${reordered} reordered`));
  return lost + doubled + reordered === 0;
}

/** Deadlines that explain themselves, and promises: seconds long, so that they can be watched. */
async function dora(product: Product): Promise<boolean> {
  console.log(bold('\nDora is kept waiting: clocks and promises with targets of seconds'));
  const { entries, missing, explanation } = await deadlines(product, run, step);
  console.log(`\n${bold('Why this deadline')}: ${explanation.summary}`);
  for (const { text } of explanation.steps) console.log(dim(`  ${text}`));
  printTimeline("Dora's timeline, oldest first", entries);
  if (missing.length > 0) console.log(`  not exactly once: ${missing.join('; ')}`);
  return missing.length === 0;
}

async function main() {
  const product = readProduct(root);
  const killer = killing ? startKilling(root, 700) : undefined;
  const adaId = await ada(product).catch((error: Error) => {
    killer?.giveUp();
    throw error;
  });
  const { ben, chen } = await others(product);
  const kills = await killer?.done();
  const max = await routingDemo(product, run);

  const benCustomer = await eventually('Ben', () => customerOf(product, 'CHAT', ben));
  const chenCustomer = await eventually('Chen', () => customerOf(product, 'EMAIL', chen));
  const right = [
    await show(product, "Ada's timeline over REST", adaId, adaStory),
    await show(product, "Ben's timeline", benCustomer.id, benStory),
    await show(product, "Chen's timeline (one mail, delivered five times)", chenCustomer.id, chenStory),
  ];
  right.push(await dora(product));
  const untold = await notificationDemo(product, run);
  if (untold.length > 0) console.log(`  not on Eva's timeline: ${untold.join('; ')}`);
  right.push(untold.length === 0);
  await webhooksDemo(product, run);
  const unheard = await feedbackDemo(product, run, screenshot);
  if (unheard.length > 0) console.log(`  missing on Eve's timeline: ${unheard.join('; ')}`);
  right.push(unheard.length === 0);
  const unasked = await feedbackChannelsDemo(product, run);
  if (unasked.length > 0) console.log(`  not answered: ${unasked.join('; ')}`);
  right.push(unasked.length === 0);
  const overGrpc = await patiently(() => readTimelineOverGrpc(product, adaId));
  console.log(dim(`\nAda's over gRPC: ${overGrpc.length} entries, first: ${overGrpc[0]?.summary}`));
  if (kills) console.log(bold(`${kills} kills`));
  if (right.includes(false)) throw new Error('a timeline is not what was said');

  const maxCustomer = await eventually('Max', () => customerOf(product, 'EMAIL', max));
  printTimeline("Max's timeline: what routing did stands on it", await readTimeline(product, maxCustomer.id));

  console.log(`\n${bold('Read it yourself')}`);
  console.log(`  curl -H 'Authorization: Bearer ${product.apiKey}' ${product.restUrl}/v1/customers/${adaId}/timeline`);
  console.log(
    `  grpcurl -plaintext -H 'authorization: Bearer ${product.apiKey}' -d '{"customerId":"${adaId}"}' ${product.grpcAddress} throughline.journey.v1.JourneyService/GetTimeline`,
  );
  showGrpcurl(product, adaId);
}

/** The same call through reflection, when the tool is at hand. */
function showGrpcurl(product: Product, customerId: string) {
  const args = [
    '-plaintext',
    '-H',
    `authorization: Bearer ${product.apiKey}`,
    '-d',
    JSON.stringify({ customerId, pageSize: 1 }),
  ];
  try {
    const out = execFileSync(
      'grpcurl',
      [...args, product.grpcAddress, 'throughline.journey.v1.JourneyService/GetTimeline'],
      { encoding: 'utf8' },
    );
    console.log(dim(`\ngrpcurl through reflection says:\n${out}`));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

main().catch((error: Error) => {
  console.error(`demo failed: ${error.message}`);
  // Open chats and streams would keep it waiting.
  process.exit(1);
});
