import { httpProblem } from '@throughline/web';
import type { RequestHandler } from 'express';
import type { Report } from '../../domain/delivery/reports';
import { isSigned } from '../../domain/delivery/signature';
import type { ReportOn } from '../../use-cases/apply-reports';
import type { DoorDeps } from './unsubscribe';
import { linkUnknown } from './unsubscribe';

export interface CallbackDeps extends Pick<DoorDeps, 'links'> {
  report(tenantId: string, told: ReportOn[]): Promise<unknown>;
  /** Secret of the tenant's account at its provider; undefined when it has none. */
  authTokenOf(tenantId: string): string | undefined;
  now(): number;
}

const states: Record<string, Report['state']> = {
  queued: 'queued',
  accepted: 'queued',
  sending: 'queued',
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  undelivered: 'failed',
  failed: 'failed',
  canceled: 'failed',
  initiated: 'queued',
  ringing: 'sent',
  'in-progress': 'sent',
  completed: 'delivered',
  busy: 'failed',
  'no-answer': 'failed',
};
// Nobody is behind the number, or nothing that reads: the same as a mailbox that does not exist.
const noSuchNumber = new Set(['30005', '30006', '21211', '21614']);

/** POST /callbacks/{token}: the provider reports. It is written down before it is answered; until then it asks again. */
export const providerCallback =
  (deps: CallbackDeps): RequestHandler =>
  async (request, response) => {
    const key = deps.links.read('c', String(request.params['token'] ?? ''));
    if (!key) throw linkUnknown();
    const { tenantId, id } = key;
    const form = new URLSearchParams(Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '');
    const secret = deps.authTokenOf(tenantId);
    // The URL we gave out, never the Host header: that one belongs to whoever sends the request.
    const url = deps.links.callback(tenantId, id);
    if (!secret || !isSigned(secret, url, form, request.get('x-twilio-signature') ?? '')) {
      throw httpProblem(403, 'SIGNATURE_INVALID', 'X-Twilio-Signature: was not made with the secret of this account.');
    }
    const code = form.get('ErrorCode') ?? '';
    const told = states[form.get('MessageStatus') ?? form.get('CallStatus') ?? ''];
    if (!told) throw httpProblem(400, 'STATUS_UNKNOWN', 'MessageStatus: is none that we know.');
    const state = told === 'failed' && noSuchNumber.has(code) ? 'bounced' : told;
    const report: Report = {
      state,
      at: deps.now(),
      code: state === 'bounced' ? `5.1.1` : code,
      detail: (form.get('ErrorMessage') ?? (code ? `error ${code}` : '')).slice(0, 500),
      providerId: form.get('MessageSid') ?? form.get('CallSid') ?? '',
    };
    await deps.report(tenantId, [{ id, report }]);
    response.status(204).end();
  };
