import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { securityHeaders } from '@hybrid-sync/service-host';
import type { FastifyInstance } from 'fastify';
import type { OpenAPIV3, OpenAPIV3_1 } from 'openapi-types';

/** Of the one style that the page's script brings along as text; its test in a browser tells of any other. */
const STYLE_OF_SCRIPT = "'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='";

/** The page loads its own files and calls this api, and nothing else. */
const PAGE_POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", STYLE_OF_SCRIPT],
  imgSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

/** `/openapi.json`: the document; `/docs`: the same as a page to read and try out. Both are for everybody. */
export async function documentationRoutes(
  app: FastifyInstance,
  { document }: { document: OpenAPIV3_1.Document },
): Promise<void> {
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, access: 'public' };
  });
  app.get('/openapi.json', async () => document);
  // Its types know no 3.1; as a static document it is passed on as it is.
  const specification = { document: document as OpenAPIV3.Document };
  await app.register(swagger, { mode: 'static', specification });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: securityHeaders(PAGE_POLICY)['content-security-policy'] ?? false,
    theme: { title: 'hybrid-sync API' },
    // The page would ask a service elsewhere whether the document is valid, and offer to load other documents.
    uiConfig: { validatorUrl: null, layout: 'BaseLayout' },
  });
}
