import { showAgentIndications, showContext } from '../../wire/indications';
import type { Rpc } from './deps';
import { USUAL_DAYS } from './get-conduct-indications';
import { pageSize, readToken, writeToken } from './page';
import { notForRanking } from './ranking';

/** What is worth a look among the agents of a queue, by id. There is no other order: it is no list of the worst. */
export const listConductIndications: Rpc<'listConductIndications'> = (deps) => async (request, call) => {
  if (request.orderBy !== '') {
    throw notForRanking('indications rank nobody; they come by the id of the agent');
  }
  const { queueId } = request;
  const days = request.days || USUAL_DAYS;
  const query = JSON.stringify(['indications', queueId, days]);
  const [after = ''] = readToken(request.pageToken, query) ?? [];
  const size = pageSize(request.pageSize);
  const { found, more } = await deps.indications.ofQueue(call.caller.tenantId, queueId, days, String(after), size);
  const last = found.agents.at(-1);
  return {
    agents: found.agents
      .map((one) => showAgentIndications(one, true))
      .filter(({ indications, strain }) => indications.length > 0 || strain !== undefined),
    context: showContext(found),
    nextPageToken: more && last ? writeToken([query, last.agentId]) : '',
  };
};
