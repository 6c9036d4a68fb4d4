import { commonV1, feedbackV1 as v1 } from '@throughline/proto';
import { eventually } from '@throughline/testing';
import type { Running } from './support/running';
import { startService } from './support/running';

let service: Running;
let serial = 0;

// Two processes, as behind a balancer.
beforeAll(async () => {
  service = await startService({}, [{}, {}]);
}, 60_000);
afterAll(() => service.stop(), 30_000);

const invited = async (content: object = {}) => {
  const tenantId = `p${++serial}`;
  const client = service.client(tenantId);
  await client.createSurvey(
    v1.CreateSurveyRequest.fromPartial({
      surveyId: 'after',
      content: {
        questions: [{ id: 'csat', kind: v1.QuestionKind.CSAT, required: true }],
        manualOnly: true,
        ...content,
      },
    } as never),
  );
  const { invitation } = await client.inviteCustomer(
    v1.InviteCustomerRequest.fromPartial({
      surveyId: 'after',
      contactPoint: { type: commonV1.ContactPointType.EMAIL, value: 'ada@example.org' },
      linkOnly: true,
    } as never),
  );
  const token = invitation!.url.split('/s/')[1]!;
  const read = async () => (await client.getInvitation({ invitationId: invitation!.id })).invitation!;
  const answered = () => service.told(tenantId, 'SurveyAnswered').length;
  return { tenantId, client, token, invitationId: invitation!.id, read, answered };
};

const submit = (token: string, fields: Record<string, string>, index = 0) =>
  fetch(service.page(token, index), { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });

describe('the page', () => {
  test('is read, sent and shown again; its headers let nothing out', async () => {
    const { token, read } = await invited();
    const page = await fetch(service.page(token));
    expect(page.status).toBe(200);
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = await page.text();
    expect(html).not.toContain('ada@example.org');
    expect(html).toContain('<form method="post"');
    const sent = await submit(token, { 'q.csat': '2', comment: 'It took too long', may_contact: 'yes' });
    expect(sent.status).toBe(303);
    expect(sent.headers.get('location')).toBe(`/s/${token}`);
    expect(await (await fetch(service.page(token))).text()).toContain('Your answer is recorded.');
    expect(await read()).toMatchObject({
      state: 'INVITATION_STATE_ANSWERED',
      answer: { revision: 1, comment: 'It took too long', mayContact: true, low: true, via: 'page' },
    });
    expect((await submit(token, { 'q.csat': '5' })).status).toBe(303);
    expect(await read()).toMatchObject({ answer: { revision: 2, low: false } });
  }, 20_000);

  test('a hundred GETs, the links of the mail and what scanners do record nothing', async () => {
    const { token, read, answered } = await invited();
    const urls = Array.from({ length: 100 }, (_, i) => `${service.page(token, i % 2)}?v=${1 + (i % 5)}`);
    const pages = await Promise.all(urls.map((url) => fetch(url)));
    expect(pages.every(({ status }) => status === 200)).toBe(true);
    expect((await pages[2]!.text()).match(/value="3" checked/g)).toHaveLength(1);
    const others = ['HEAD', 'OPTIONS', 'PUT', 'DELETE'].map((method) => fetch(service.page(token), { method }));
    for (const { status } of await Promise.all(others)) expect(status).toBeLessThan(500);
    expect(await read()).toMatchObject({ state: 'INVITATION_STATE_SENT' });
    expect((await read()).answer).toBeUndefined();
    expect(answered()).toBe(0);
  }, 30_000);

  test('a hundred at once over two processes are one answer', async () => {
    const { tenantId, client, token, read, answered } = await invited();
    const all = await Promise.all(
      Array.from({ length: 100 }, (_, i) => submit(token, { 'q.csat': '1', comment: 'once' }, i % 2)),
    );
    expect(all.map(({ status }) => status)).toEqual(Array.from({ length: 100 }, () => 303));
    expect((await read()).answer).toMatchObject({ revision: 1 });
    expect(await service.db.collection('invitations').countDocuments({ tenantId })).toBe(1);
    await eventually('the event', () => answered() === 1);
    const { total } = await eventually('the count', async () => {
      const found = await client.getScores(v1.GetScoresRequest.fromPartial({ kind: v1.QuestionKind.CSAT }));
      return found.total!.n > 0n && found;
    });
    expect(total).toMatchObject({ n: 1n, population: { answered: 1n, invited: 1n } });
  }, 40_000);

  test('different answers at once: one row, and the counts say what it says', async () => {
    const { tenantId, client, token, read } = await invited();
    const all = await Promise.all(
      Array.from({ length: 100 }, (_, i) => submit(token, { 'q.csat': String(1 + (i % 5)) }, i % 2)),
    );
    // Nobody is told that something is wrong with an answer that only had to wait for its turn.
    expect(all.map(({ status }) => status)).toEqual(Array.from({ length: 100 }, () => 303));
    const [value] = (await read()).answer!.values;
    expect(await service.db.collection('invitations').countDocuments({ tenantId })).toBe(1);
    await eventually('the counts', async () => {
      const { total } = await client.getScores(v1.GetScoresRequest.fromPartial({ kind: v1.QuestionKind.CSAT }));
      const given = Object.entries(total!.distribution).filter(([, n]) => n !== 0n);
      return (
        JSON.stringify(given.map(([name, n]) => [Number(name), Number(n)])) ===
        JSON.stringify([[value!.value!.value, 1]])
      );
    });
  }, 40_000);

  test('forged, cut, other and expired links get a clear page and record nothing', async () => {
    const { token, read } = await invited();
    const other = await invited();
    const flipped = `${token.slice(0, 20)}${token[20] === 'A' ? 'B' : 'A'}${token.slice(21)}`;
    // Head of one tenant's link, signature of another's.
    const mixed = other.token.slice(0, 50) + token.slice(50);
    for (const bad of [flipped, token.slice(0, -3), 'x', mixed, '%00', '%E0%A4%A', `${token}x`, 'A'.repeat(8000)]) {
      for (const answer of [await fetch(service.page(bad)), await submit(bad, { 'q.csat': '5' })]) {
        expect(answer.status).toBe(404);
        expect(await answer.text()).toContain('This link does not work');
      }
    }
    expect((await read()).answer).toBeUndefined();
    expect((await other.read()).answer).toBeUndefined();
    await service.db
      .collection('invitations')
      .updateOne({ ownId: other.invitationId }, { $set: { closesAt: Date.now() - 1 } });
    for (const answer of [await fetch(service.page(other.token)), await submit(other.token, { 'q.csat': '5' })]) {
      expect(answer.status).toBe(410);
      expect(await answer.text()).toContain('This survey is closed');
    }
    expect((await other.read()).answer).toBeUndefined();
  }, 30_000);

  test.each<[string, Record<string, string>, number, string]>([
    ['beyond the scale', { 'q.csat': '6' }, 400, 'from 1 to 5'],
    ['below the scale', { 'q.csat': '0' }, 400, 'from 1 to 5'],
    ['no number', { 'q.csat': '5; drop' }, 400, 'from 1 to 5'],
    ['nothing', {}, 400, 'Please answer the questions'],
    ['an operator', { 'q.csat[$ne]': '1' }, 400, 'Please answer the questions'],
    ['a comment of 4,001 characters', { 'q.csat': '5', comment: 'x'.repeat(4001) }, 413, 'at most 4,000'],
    ['a comment of a megabyte', { 'q.csat': '5', comment: 'x'.repeat(1024 * 1024) }, 413, 'at most 4,000'],
  ])(
    '%s: a clear page, no row',
    async (_, fields, status, words) => {
      const { token, read } = await invited();
      const answer = await submit(token, fields);
      expect(answer.status).toBe(status);
      expect(answer.headers.get('content-type')).toContain('text/html');
      expect(await answer.text()).toContain(words);
      expect((await read()).answer).toBeUndefined();
    },
    20_000,
  );

  test('script in a comment is shown as text', async () => {
    const { token, read } = await invited();
    const comment = '</textarea><script>document.title="gone"</script>';
    expect((await submit(token, { 'q.csat': '3', comment })).status).toBe(303);
    expect((await read()).answer?.comment).toBe(comment);
    const html = await (await fetch(service.page(token))).text();
    expect(html).not.toContain('<script>');
    expect(html).toContain('&lt;script&gt;');
  }, 20_000);

  test('it speaks Chinese to those who are spoken to in Chinese', async () => {
    const tenantId = `p${++serial}`;
    const client = service.client(tenantId);
    await client.createSurvey(
      v1.CreateSurveyRequest.fromPartial({
        surveyId: 'after',
        content: { questions: [{ id: 'ces', kind: v1.QuestionKind.CES }], company: '公司' },
      } as never),
    );
    const { invitation } = await client.inviteCustomer(
      v1.InviteCustomerRequest.fromPartial({
        surveyId: 'after',
        language: 'zh-CN',
        linkOnly: true,
        contactPoint: { type: commonV1.ContactPointType.EMAIL, value: 'chen@example.org' },
      } as never),
    );
    const html = await (await fetch(service.page(invitation!.url.split('/s/')[1]!))).text();
    expect(html).toContain('公司让我很容易地解决了问题');
    expect(html).toContain('提交');
  }, 20_000);
});
