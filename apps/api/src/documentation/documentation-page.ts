import type { OpenAPIV3_1 } from 'openapi-types';
import { type Markup, markup, withCode } from './markup.js';
import { operationCard, type Placed, type Schemas } from './operation-card.js';

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

/**
 * The document as a page to read and to try out. All that it names is relative, so that it works behind a proxy's path
 * prefix as well; its looks and its script are the dashboard's.
 */
export function documentationPage(document: OpenAPIV3_1.Document): string {
  const { info, tags = [], components } = document;
  const schemas = (components?.schemas ?? {}) as Schemas;
  const operations = operationsIn(document);
  const tagged = tags.map(({ name, description = '' }) => ({
    name,
    description,
    operations: operations.filter(({ operation }) => operation.tags?.includes(name)),
  }));
  return `<!doctype html>\n${
    markup`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>hybrid-sync API</title>
<link rel="icon" href="dashboard/icon.svg" type="image/svg+xml">
${['page', 'parts', 'cards', 'flow', 'docs'].map((name) => markup`<link rel="stylesheet" href="dashboard/${name}.css">`)}
<script type="module" src="dashboard/docs.js"></script>
</head>
<body>
<a class="skip" href="#main">Skip to the operations</a>
<header>
<p class="brand"><img src="dashboard/icon.svg" alt="" width="28" height="28"> <strong>hybrid-sync API</strong> <small>${info.version}</small></p>
<nav class="tools" aria-label="Page">
<button type="button" id="theme">Theme: Auto</button>
<button type="button" id="token-button">Token</button>
<a class="button" href="openapi.json">OpenAPI</a>
<a class="button" href="dashboard">Dashboard</a>
</nav>
</header>
<div class="docs">
<nav class="contents" aria-label="Operations">${tagged.map(
      ({ name, operations: listed }) => markup`<h2>${name}</h2><ul>${listed.map(link)}</ul>`,
    )}</nav>
<main id="main">
<h1>${info.title}</h1>
<p>${withCode(info.description ?? '')}</p>
${tagged.map(
  ({ name, description, operations: shown }) =>
    markup`<h2>${name}</h2><p>${description}</p>${shown.map((placed) => operationCard(placed, schemas))}`,
)}
</main>
</div>
${TOKEN_DIALOG}
</body>
</html>
`.text
  }`;
}

function link({ method, operation: { operationId, summary } }: Placed): Markup {
  return markup`<li><a href="#${operationId}"><b class="method ${method}">${method}</b> ${summary}</a></li>`;
}

function operationsIn({ paths = {} }: OpenAPIV3_1.Document): Placed[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item?.[method];
      return operation === undefined ? [] : [{ method: method.toUpperCase(), path, operation }];
    }),
  );
}

/** As the dashboard asks for it; the script of both finds its parts by these names. */
const TOKEN_DIALOG = markup`<dialog id="token-dialog" aria-labelledby="token-title">
<form id="token-form" autocomplete="off">
<h2 id="token-title">A token for the api</h2>
<p id="token-why" role="alert"></p>
<p class="field"><label for="token">Token</label><input id="token" type="password" required autocomplete="off" spellcheck="false"></p>
<p class="note">It stays in this tab until you close it.</p>
<p class="buttons">
<button type="submit" class="primary">Use it</button>
<button type="button" id="token-cancel">Cancel</button>
<button type="button" id="token-forget" class="danger" hidden>Forget the token</button>
</p>
</form>
</dialog>`;
