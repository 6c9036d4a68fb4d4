import { HttpProblem, httpProblem } from '@throughline/web';
import type { Request, RequestHandler } from 'express';
import type { Account } from '../../config';
import type { CallEvent, CallStep, ToldStep } from '../../domain/call-event';
import { callSteps, readCallEvent } from '../../domain/call-event';
import { instructionsFor } from '../../domain/instructions';
import type { Params } from '../../domain/signature';
import { bodyMatches, isSigned } from '../../domain/signature';
import type { Facts } from '../../facts';
import { askAfterCall, takeKeys } from '../../use-cases/ask-after-call';
import type { Inbox, Questions } from '../../use-cases/ports';

export interface WebhookDeps {
  accounts: Account[];
  inbox: Inbox;
  questions: Questions;
  facts: Facts;
  now: () => number;
}

const forbidden = () =>
  httpProblem(403, 'SIGNATURE_INVALID', 'X-Twilio-Signature: was not made with the secret of this account.');

const jsonParams = (body: Buffer): Params => {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (value && typeof value === 'object' && !Array.isArray(value)) {
      return Object.entries(value).flatMap(([name, item]) =>
        typeof item === 'object' ? [] : [[name, String(item)] as const],
      );
    }
  } catch {
    // Falls through to the refusal below: what cannot be read is the sender's fault, not ours.
  }
  throw httpProblem(400, 'MALFORMED_JSON', 'The body is not a JSON object.');
};

/** Parameters of a request whose signature holds; throws a problem otherwise. */
function verified(request: Request, account: Account, body: Buffer): Params {
  const signature = request.get('x-twilio-signature') ?? '';
  // The configured public URL, never the Host header: that one belongs to whoever sends the request.
  const url = account.publicUrl.replace(/\/$/, '') + request.originalUrl;
  const type = request.get('content-type') ?? '';
  if (type.startsWith('application/json')) {
    const hash = request.query['bodySHA256'];
    if (typeof hash !== 'string' || !isSigned(account.authToken, url, [], signature) || !bodyMatches(hash, body))
      throw forbidden();
    return jsonParams(body);
  }
  if (!type.startsWith('application/x-www-form-urlencoded')) {
    throw httpProblem(
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      'content-type: application/x-www-form-urlencoded or application/json',
    );
  }
  const params = [...new URLSearchParams(body.toString('utf8'))];
  if (!isSigned(account.authToken, url, params, signature)) throw forbidden();
  return params;
}

const isStep = (text: string): text is CallStep => (callSteps as readonly string[]).includes(text);

/** Where the provider posts a step of an account's calls. */
export const stepUrl = ({ publicUrl, path }: Account, step: CallStep): string =>
  `${publicUrl.replace(/\/$/, '')}/voice/${path}/${step}`;

const isTold = (event: CallEvent): event is CallEvent & { step: ToldStep } => event.step !== 'after';

/** Makes an event of what was said, and gives what the provider shall do next. */
async function answerTo(deps: WebhookDeps, account: Account, event: CallEvent, request: Request, position: string) {
  const { tenantId } = account;
  const about = {
    tenantId,
    event,
    answerTo: (questionId: string, again: boolean) =>
      `${stepUrl(account, 'keypad')}?question=${questionId}${again ? '&again=1' : ''}`,
  };
  if (!isTold(event)) return askAfterCall(deps, about);
  const { question, again } = request.query;
  if (event.step === 'keypad' && typeof question === 'string') {
    const next = await takeKeys(deps, about, question, again === '1');
    if (next !== undefined) return next;
  }
  await deps.inbox.publish(tenantId, event);
  return instructionsFor(event, position);
}

/** POST /voice/{account}/{step}: a signed webhook becomes a durable event, then gets its instructions. */
export const receiveWebhook =
  (deps: WebhookDeps): RequestHandler =>
  async (request, response) => {
    try {
      const account = deps.accounts.find(({ path }) => path === request.params['account']);
      if (!account) throw forbidden();
      const step = String(request.params['step']);
      if (!isStep(step))
        throw httpProblem(404, 'STEP_UNKNOWN', `The last part of the path must be one of ${callSteps.join(', ')}.`);
      const body: Buffer = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const params = new Map(verified(request, account, body));
      const get = (name: string) => params.get(name) ?? '';
      const event = readCallEvent(step, get, deps.now());
      if (Array.isArray(event)) {
        const detail = event.map(({ field, description }) => `${field}: ${description}`).join('; ');
        throw httpProblem(400, 'INVALID_ARGUMENT', detail, { violations: event });
      }
      const instructions = await answerTo(deps, account, event, request, get('QueuePosition'));
      deps.facts.webhookAccepted(step);
      response.status(200).type('text/xml').send(instructions);
    } catch (error) {
      if (error instanceof HttpProblem) deps.facts.webhookRefused(error.problem.reason);
      else if ((error as { transient?: boolean }).transient)
        throw httpProblem(503, 'TEMPORARILY_UNAVAILABLE', 'Not stored; send it again.');
      throw error;
    }
  };
