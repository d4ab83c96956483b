import { mayAct } from '@hybrid-sync/access-tokens';
import type { FastifyInstance } from 'fastify';
import { PAGE_HEADERS } from '../http/page-policy.js';
import { sendPrepared } from '../http/prepared-file.js';
import type { Tool } from '../tools/tool.js';
import { dashboardFiles } from './dashboard-files.js';

/**
 * `/dashboard`: a page that shows the system at work. The page itself is for everybody, since it holds nothing; what it
 * shows, it asks of the api's other routes, with the token that its reader gives it.
 */
export async function dashboardRoutes(
  app: FastifyInstance,
  { tools }: { readonly tools: ReadonlyMap<string, Pick<Tool, 'name' | 'role'>> },
): Promise<void> {
  const files = dashboardFiles();
  const config = { access: 'public' } as const;
  // Relative, for a proxy's path prefix.
  app.get('/', { config }, async (_, reply) => reply.redirect('./dashboard', 302));
  app.get('/favicon.ico', { config }, async (_, reply) => reply.redirect('./dashboard/icon.svg', 302));
  // What the page's reader may do is not for the page to guess.
  app.get('/dashboard/caller', { config: { access: 'read' } }, async ({ caller: { name, role } }, reply) => {
    const beyond = [...tools.values()].filter((tool) => !mayAct(role, tool.role));
    const lacks = Object.fromEntries(beyond.map((tool) => [tool.name, tool.role]));
    return reply.header('cache-control', 'no-store').send({ name, role, lacks });
  });
  for (const [name, file] of files) {
    if (name === 'index.html') {
      app.get('/dashboard', { config }, async (request, reply) =>
        sendPrepared(file, request, reply.headers(PAGE_HEADERS)),
      );
      app.get('/dashboard/', { config }, async (_, reply) => reply.redirect('../dashboard', 308));
    } else {
      app.get(`/dashboard/${name}`, { config }, async (request, reply) => sendPrepared(file, request, reply));
    }
  }
}
