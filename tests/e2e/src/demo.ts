// The demo: real mails over SMTP, real web chats over WebSocket, real signed telephony webhooks, of customers who switch
// channels; then the timelines, read back over REST and gRPC.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { eventually } from '@throughline/testing';
import { openChat } from './world/chat';
import { readTimelineOverGrpc } from './world/grpc';
import { mailsTo, sendMail } from './world/mail';
import { bold, dim, printTimeline, step } from './world/print';
import type { Product } from './world/product';
import { readProduct } from './world/product';
import { call, openStream } from './world/rest';
import { customerOf, readTimeline } from './world/timeline';
import { postCallEvent } from './world/voice';

const root = join(__dirname, '..', '..', '..');
const run = Date.now().toString(36);

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
  await chat.say('m1', 'Hello, I called a minute ago about order 1042. The box arrived empty.');
  await chat.say('m2', 'Could you look into it?');

  const customer = await eventually('the three contact points on one customer', async () => {
    const found = await customerOf(product, 'EMAIL', email);
    return found && found.contactPoints.length >= 3 && found;
  });
  const stream = await openStream(product, `/v1/customers/${customer.id}/timeline:watch`);

  step(`Ada writes from ${email}; the mail is accepted over SMTP`);
  const sent = await sendMail(product, {
    from: `Ada Lovelace <${email}>`,
    subject: 'Order 1042 arrived empty',
    text: 'Hello,\n\nas I said in the chat: the box was empty. A photo follows.\n\nAda',
  });
  const live = await eventually('the mail on the live stream', async () =>
    stream.events.find((event) => JSON.stringify(event.data).includes('Order 1042 arrived empty')),
  );
  step(`… and is on the live stream (SSE) ${live.receivedAt - sent.acceptedAt} ms after its SMTP acceptance`);
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
      text: 'Dear Ada, we are sorry. A new box leaves today.',
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
    text: 'Great, that works for me. What about the first payment?',
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
  for (let i = 1; i <= 3; i++)
    await ben.say(`b${i}`, ['Hi!', 'Is the shop in Lyon open today?', 'Until when?'][i - 1]!);
  step('Ben sent three chat messages');
  const chen = `chen.${run}@example.org`;
  const mail = {
    from: `Chen <${chen}>`,
    subject: '发票问题',
    text: '您好，请把发票寄给我。',
    messageId: `<${run}-chen@example.org>`,
  };
  for (let i = 0; i < 5; i++) await sendMail(product, mail);
  step("Chen's mail server delivered the same mail five times");
  ben.close();
  return { ben: `ben-${run}`, chen };
}

async function main() {
  const product = readProduct(root);
  const adaId = await ada(product);
  const { ben, chen } = await others(product);

  printTimeline("Ada's timeline over REST, oldest first", await readTimeline(product, adaId));
  const overGrpc = await readTimelineOverGrpc(product, adaId);
  console.log(dim(`  the same over gRPC: ${overGrpc.length} entries, first: ${overGrpc[0]?.summary}`));
  const benCustomer = await eventually('Ben', () => customerOf(product, 'CHAT', ben));
  printTimeline("Ben's timeline", await readTimeline(product, benCustomer.id));
  const chenCustomer = await eventually('Chen', () => customerOf(product, 'EMAIL', chen));
  const chenEntries = await readTimeline(product, chenCustomer.id);
  printTimeline("Chen's timeline", chenEntries);
  const received = chenEntries.filter((entry) => entry.type.endsWith('MessageReceived')).length;
  console.log(dim(`  five deliveries of one mail, ${received} message on the timeline`));

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
  process.exitCode = 1;
});
