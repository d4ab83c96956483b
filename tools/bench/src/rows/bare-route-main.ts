import Fastify from 'fastify';
import { openRedis } from './row-connections.js';

/**
 * The process of the bare route: the same HTTP server as the api's, with one route that does one SET and nothing else.
 * Reads PORT and REDIS_URL, as the api does.
 */
const { PORT, REDIS_URL = '' } = process.env;
const redis = openRedis(REDIS_URL);
const app = Fastify();
app.put<{ Params: { '*': string }; Body: { value: string } }>('/kv/*', async (request) => {
  await redis.set(request.params['*'], request.body.value);
  return { success: true };
});
app.get('/readyz', async () => ({ ready: true }));
await app.listen({ host: '127.0.0.1', port: Number(PORT) });
process.once('SIGTERM', () => {
  redis.disconnect();
  void app.close();
});
