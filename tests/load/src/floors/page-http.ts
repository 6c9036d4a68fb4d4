// F3h: the same as F3e on node:http alone.
import { createServer } from 'node:http';
import { openPages, pageJson, pointInPath } from './page';

const main = async (): Promise<void> => {
  const find = await openPages();
  const server = createServer(async (request, response) => {
    try {
      const body = JSON.stringify(pageJson(await find(pointInPath(request.url!))));
      response.writeHead(200, {
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(body),
      });
      response.end(body);
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  server.listen(Number(process.env['HTTP_PORT']), '127.0.0.1');
};

void main();
