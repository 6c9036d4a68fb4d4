import type { Candidate, PointerName } from '../src/domain/threading';
import { baseSubjectOf, joinsFrom, recentMs, threadMail } from '../src/domain/threading';

const now = 1_700_000_000_000;
const ada = 'email:ada@example.org';
const eve = 'email:eve@evil.example';

const candidate = (name: PointerName, extra: Partial<Candidate> = {}): Candidate => ({
  conversationId: 'c1',
  participants: [ada],
  open: true,
  baseSubject: 'order 7',
  updatedAt: now - 1000,
  pointers: [{ name, detail: 'x' }],
  ...extra,
});
const mail = (sender: string, baseSubject = 'order 7') => ({ sender, baseSubject, at: now });

test.each<[PointerName, number, number]>([
  ['reply_token', 100, 10],
  ['references', 90, 0],
  ['plus_address', 90, 0],
  ['same_thread', 80, 0],
  ['subject_token', 65, 0],
  ['base_subject', 60, 0],
])('%s: a participant scores %i and joins, a stranger scores %i and never does', (name, known, unknown) => {
  const joined = threadMail(mail(ada), [candidate(name)]);
  expect(joined).toMatchObject({ score: known, outcome: 'JOINED', conversationId: 'c1' });
  expect(joined.score).toBeGreaterThanOrEqual(joinsFrom);
  expect(joined.signals.map((signal) => signal.name)).toEqual([name, 'same_sender']);
  const stranger = threadMail(mail(eve), [candidate(name)]);
  expect(stranger).toMatchObject({ score: unknown, outcome: 'SUGGESTED', conversationId: 'c1' });
  expect(stranger.signals.map((signal) => signal.name)).toEqual([name, 'unknown_sender']);
});

test('a sender without an address is a stranger', () => {
  expect(threadMail(mail(''), [candidate('reply_token', { participants: [''] })]).outcome).toBe('SUGGESTED');
});

test('nothing points anywhere: a conversation starts', () => {
  expect(threadMail(mail(ada), [])).toEqual({ score: 0, signals: [], outcome: 'STARTED', conversationId: '' });
});

test.each([
  ['too old', { updatedAt: now - recentMs - 1 }, 'order 7'],
  ['another subject', { baseSubject: 'order 8' }, 'order 7'],
  ['no subject', { baseSubject: '' }, ''],
])('base subject does not count: %s', (_why, extra, subject) => {
  expect(threadMail(mail(ada, subject), [candidate('base_subject', extra)]).outcome).toBe('STARTED');
});

test('the strongest evidence wins, then the open conversation, then the latest', () => {
  const token = candidate('reply_token', { conversationId: 'token' });
  const reference = candidate('references', { conversationId: 'reference' });
  const stolen = candidate('reply_token', { conversationId: 'stolen', participants: [] });
  expect(threadMail(mail(ada), [reference, token, stolen]).conversationId).toBe('token');
  expect(threadMail(mail(ada), [stolen, reference]).conversationId).toBe('reference');
  const closed = candidate('references', { conversationId: 'closed', open: false, updatedAt: now });
  expect(threadMail(mail(ada), [closed, reference]).conversationId).toBe('reference');
  const later = candidate('references', { conversationId: 'later', updatedAt: now });
  expect(threadMail(mail(ada), [reference, later]).conversationId).toBe('later');
});

test.each([
  ['Re: Order 7', 'order 7'],
  ['RE: Re: fwd:  Order   7', 'order 7'],
  ['AW: WG: Order 7', 'order 7'],
  ['Re[2]: Order 7', 'order 7'],
  ['回复：订单', '订单'],
  ['[#abc-123] Re: Order 7', 'order 7'],
  ['Order 7 [#abc-123]', 'order 7'],
  ['Regarding my order', 'regarding my order'],
  ['', ''],
])('base subject of %j is %j', (subject, base) => {
  expect(baseSubjectOf(subject)).toBe(base);
});
