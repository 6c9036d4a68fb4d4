// F3e: an Express handler with one native find of the same page, answered as JSON. No key, validation, limits or telemetry.
import express from 'express';
import { openPages, pageJson, pointInPath } from './page';

const main = async (): Promise<void> => {
  const find = await openPages();
  const app = express();
  app.get('/customers/:id/timeline', async (request, response) => {
    response.json(pageJson(await find(pointInPath(request.path))));
  });
  app.listen(Number(process.env['HTTP_PORT']), '127.0.0.1');
};

void main();
