import { securityHeaders } from '@hybrid-sync/service-host';
import type { FastifyInstance } from 'fastify';
import { sendPrepared } from '../http/prepared-file.js';
import { dashboardFiles } from './dashboard-files.js';

/** The page loads its own files and calls this api, and nothing else; text never becomes markup. */
const PAGE_POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  connectSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
  requireTrustedTypesFor: ["'script'"],
  trustedTypes: ["'none'"],
};

/**
 * `/dashboard`: a page that shows the system at work. The page itself is for everybody, since it holds nothing; what it
 * shows, it asks of the api's other routes, with the token that its reader gives it.
 */
export async function dashboardRoutes(app: FastifyInstance): Promise<void> {
  const files = dashboardFiles();
  const page = securityHeaders(PAGE_POLICY);
  const config = { access: 'public' } as const;
  // Relative, for a proxy's path prefix.
  app.get('/', { config }, async (_, reply) => reply.redirect('./dashboard', 302));
  app.get('/favicon.ico', { config }, async (_, reply) => reply.redirect('./dashboard/icon.svg', 302));
  for (const [name, file] of files) {
    if (name === 'index.html') {
      app.get('/dashboard', { config }, async (request, reply) =>
        sendPrepared(file, request, reply.headers(page)),
      );
      app.get('/dashboard/', { config }, async (_, reply) => reply.redirect('../dashboard', 308));
    } else {
      app.get(`/dashboard/${name}`, { config }, async (request, reply) => sendPrepared(file, request, reply));
    }
  }
}
