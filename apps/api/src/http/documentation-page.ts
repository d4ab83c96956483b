import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import Fastify from 'fastify';
import type { OpenAPIV3, OpenAPIV3_1 } from 'openapi-types';
import { type PreparedFile, prepareFile } from './prepared-file.js';

/** Where the files are, as the page at `/docs/` names them. */
const FILES = './static/';

/** The page that shows the document, and its files by their names. */
export interface DocumentationPage {
  /** At `/docs`: browsers resolve what it names against the folder above. */
  readonly page: PreparedFile;
  /** The same at `/docs/`. */
  readonly pageWithSlash: PreparedFile;
  readonly files: ReadonlyMap<string, PreparedFile>;
}

/**
 * Prepares the page: a server that never listens makes everything once. All that it names is relative, so that it works
 * behind a proxy's path prefix as well.
 */
export async function documentationPage(document: OpenAPIV3_1.Document): Promise<DocumentationPage> {
  const maker = Fastify();
  // Its types know no 3.1; as a static document it is passed on as it is.
  await maker.register(swagger, {
    mode: 'static',
    specification: { document: document as OpenAPIV3.Document },
  });
  await maker.register(swaggerUi, {
    routePrefix: '/docs',
    theme: { title: 'hybrid-sync API' },
    // The page would ask a service elsewhere whether the document is valid, and offer to load other documents.
    uiConfig: { validatorUrl: null, layout: 'BaseLayout' },
  });
  const made = async (url: string) => {
    const { headers, rawPayload } = await maker.inject(url);
    return { type: String(headers['content-type']), content: rawPayload };
  };
  try {
    const { type, content } = await made('/docs/');
    const html = content.toString();
    const names = [...html.matchAll(/(?:src|href)="\.\/static\/([^"]+)"/g)].map(([, name = '']) => name);
    const file = async (name: string) => {
      const { type: fileType, content: bytes } = await made(`/docs/static/${name}`);
      return [name, prepareFile(fileType, withOwnDocument(bytes, name))] as const;
    };
    return {
      page: prepareFile(type, html.replaceAll(`"${FILES}`, '"docs/static/')),
      pageWithSlash: prepareFile(type, html),
      files: new Map(await Promise.all(names.map(file))),
    };
  } finally {
    await maker.close();
  }
}

/** The page loads the document from its own place, against which the document names its server. */
function withOwnDocument(content: Buffer, name: string): Buffer | string {
  if (name !== 'swagger-initializer.js') return content;
  return content.toString().replace("resolveUrl('./json')", "resolveUrl('../openapi.json')");
}
