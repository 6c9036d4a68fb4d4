import { transientError } from '@throughline/core';
import type { Account } from '../config';
import type { CallCommand, Provider } from '../use-cases/ports';

const request = (_account: Account, command: CallCommand): { path: string; body: URLSearchParams } => {
  const call = `/Calls/${encodeURIComponent(command.callSid)}`;
  if (command.action.kind === 'twiml')
    return { path: `${call}.json`, body: new URLSearchParams({ Twiml: command.action.twiml }) };
  const body = new URLSearchParams({ Status: command.action.paused ? 'paused' : 'in-progress', PauseBehavior: 'skip' });
  return { path: `${call}/Recordings/Twilio.CURRENT.json`, body };
};

/** Call control in the shape of the providers' REST API. The command id travels along, so the provider can drop repeats. */
export const createProvider = (accounts: Account[]): Provider => ({
  async carryOut(command) {
    const account = accounts.find((entry) => entry.tenantId === command.tenantId && entry.providerUrl);
    if (!account?.providerUrl) return 'refused';
    const { path, body } = request(account, command);
    const credentials = Buffer.from(`${account.path}:${account.authToken}`).toString('base64');
    let response: Response;
    try {
      response = await fetch(account.providerUrl.replace(/\/$/, '') + path, {
        method: 'POST',
        headers: { authorization: `Basic ${credentials}`, 'i-twilio-idempotency-token': command.id },
        body,
        redirect: 'error',
        signal: AbortSignal.timeout(5_000),
      });
    } catch (error) {
      throw transientError('the telephony provider does not answer', error);
    }
    if (response.ok) return 'done';
    if (response.status >= 500 || response.status === 429)
      throw transientError(`the telephony provider answered ${response.status}`);
    return 'refused';
  },
});
