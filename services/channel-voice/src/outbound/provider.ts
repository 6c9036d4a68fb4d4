import { transientError } from '@throughline/core';
import { createEgress } from '@throughline/egress';
import type { Account } from '../config';
import type { Provider, ProviderCommand } from '../use-cases/ports';

const request = (account: Account, command: ProviderCommand): { path: string; body: URLSearchParams } => {
  if (command.action.kind === 'place') {
    const { to, from, twiml } = command.action;
    return {
      path: '/Calls.json',
      body: new URLSearchParams({ To: to, From: from || account.number || '', Twiml: twiml }),
    };
  }
  const call = `/Calls/${encodeURIComponent(command.callSid)}`;
  if (command.action.kind === 'twiml')
    return { path: `${call}.json`, body: new URLSearchParams({ Twiml: command.action.twiml }) };
  const body = new URLSearchParams({ Status: command.action.paused ? 'paused' : 'in-progress', PauseBehavior: 'skip' });
  return { path: `${call}/Recordings/Twilio.CURRENT.json`, body };
};

/** Call control in the shape of the providers' REST API. The command id travels along, so the provider can drop repeats. */
export const createProvider = (accounts: Account[]): Provider => {
  const egress = createEgress({ trusted: accounts.flatMap(({ providerUrl }) => providerUrl ?? []) });
  return {
    async carryOut(command) {
      const account = accounts.find((entry) => entry.tenantId === command.tenantId && entry.providerUrl);
      if (!account?.providerUrl) return 'refused';
      const { path, body } = request(account, command);
      const credentials = Buffer.from(`${account.path}:${account.authToken}`).toString('base64');
      const outcome = await egress.call({
        url: account.providerUrl.replace(/\/$/, '') + path,
        method: 'POST',
        headers: {
          authorization: `Basic ${credentials}`,
          'i-twilio-idempotency-token': command.id,
          'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
        },
        body: body.toString(),
      });
      if (outcome.kind === 'refused') return 'refused';
      if (outcome.kind === 'failed') throw transientError(`the telephony provider ${outcome.detail}`);
      if (outcome.status >= 200 && outcome.status < 300) return 'done';
      if (outcome.status >= 500 || outcome.status === 429)
        throw transientError(`the telephony provider answered ${outcome.status}`);
      return 'refused';
    },
  };
};
