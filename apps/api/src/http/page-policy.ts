import { securityHeaders } from '@hybrid-sync/service-host';

/** For a page that loads its own files and calls this api, and nothing else; text never becomes markup. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = securityHeaders({
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
});
