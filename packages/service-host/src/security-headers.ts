import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';

/**
 * The headers that tell browsers what an answer may be used for. They are the same for every answer, so helmet makes
 * them once. `contentSecurityPolicy`: what a page may load; answers that are no pages may load nothing.
 */
export function securityHeaders(
  contentSecurityPolicy: Record<string, string[]> = { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
): Record<string, string> {
  // An answer to no one, which collects them.
  const request = new IncomingMessage(new Socket());
  const answer = new ServerResponse(request);
  helmet({
    contentSecurityPolicy: { useDefaults: false, directives: contentSecurityPolicy },
    xFrameOptions: { action: 'deny' },
    // Browsers heed it over TLS only, which is the proxy's; so is the promise for a whole domain.
    strictTransportSecurity: false,
    // Headers for browsers, plug-ins and features that are no more.
    xXssProtection: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xDnsPrefetchControl: false,
    originAgentCluster: false,
  })(request, answer, (error?: unknown) => {
    if (error) throw error;
  });
  return Object.fromEntries(
    Object.entries(answer.getHeaders()).map(([name, value]) => [name, String(value)]),
  );
}
