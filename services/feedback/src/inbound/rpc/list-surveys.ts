import { wireSurvey } from '../../wire/survey';
import type { Rpc } from './deps';
import { pageOf } from './paging';

/** Surveys in use, in the order in which they are tried. */
export const listSurveys: Rpc<'listSurveys'> =
  ({ surveys }) =>
  async (request, call) => {
    const { page, next } = pageOf(await surveys.list(call.caller.tenantId), request);
    return { surveys: page.map(wireSurvey), nextPageToken: next };
  };
