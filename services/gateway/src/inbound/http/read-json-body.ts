import type { IncomingMessage } from 'node:http';
import { httpProblem, parseStrictJson, readBody } from '@throughline/web';

const MAX_BODY = 256 * 1024;
const json = /^application\/(?:json|[a-z0-9.+-]+\+json)\s*(?:;\s*charset=(?:utf-8|"utf-8"))?\s*$/i;

/** The JSON of a request, undefined when its body is empty. */
export const readJsonBody = async (request: IncomingMessage): Promise<unknown> => {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw httpProblem(415, 'ENCODING_NOT_SUPPORTED', 'Bodies are taken as they are, without compression.');
  }
  const bytes = await readBody(request, MAX_BODY);
  if (bytes.length === 0) return undefined;
  if (!json.test(request.headers['content-type'] ?? '')) {
    throw httpProblem(415, 'MEDIA_TYPE_NOT_SUPPORTED', 'Send the body as application/json in UTF-8.');
  }
  return parseStrictJson(bytes);
};
