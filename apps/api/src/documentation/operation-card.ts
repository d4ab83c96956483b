import type { OpenAPIV3_1 } from 'openapi-types';
import { type Markup, markup, paragraphs, withCode } from './markup.js';
import { type Field, type Schema, schemaFields, typeOf } from './schema-fields.js';

/** An operation and where it is. */
export interface Placed {
  readonly method: string;
  /** As the document has it. */
  readonly path: string;
  readonly operation: OpenAPIV3_1.OperationObject;
}

/** The parts of the document that operations name. */
export type Schemas = Readonly<Record<string, Schema>>;

const JSON_TYPE = 'application/json';

/** What an operation takes, answers, and a form to try it with. */
export function operationCard({ method, path, operation }: Placed, schemas: Schemas): Markup {
  const { operationId = '', summary = '', description = '' } = operation;
  const body = bodyOf(operation);
  const fields = body === undefined ? [] : schemaFields(named(body.schema, schemas));
  const answer = contentOf(operation.responses?.['200']);
  return markup`<section class="card operation" id="${operationId}" aria-labelledby="${operationId}-title">
<h3 id="${operationId}-title"><code><b class="method ${method}">${method}</b> ${path}</code> ${summary}</h3>
${paragraphs(description)}
<details><summary>Takes<span class="unseen"> (${operationId})</span></summary>
${takes(parametersOf(operation), fields)}</details>
<details><summary>Answers<span class="unseen"> (${operationId})</span></summary>
${fieldTable(answer === undefined ? [] : schemaFields(named(answer.schema, schemas)), 'Answer')}
${json(answer?.example)}
${statusTable(operation)}</details>
<details><summary>Try it<span class="unseen"> (${operationId})</span></summary>
${tryForm({ method, path, operation })}</details>
</section>`;
}

function takes(
  parameters: readonly OpenAPIV3_1.ParameterObject[],
  fields: readonly Field[],
): Markup | undefined {
  const places = parameters.map(({ name, in: place, required = false, description = '', schema }) => ({
    name: `${name} (${place})`,
    type: typeOf((schema ?? {}) as Schema),
    required,
    description,
  }));
  const rows = [...places, ...fields];
  return rows.length === 0 ? markup`<p class="note">Nothing.</p>` : fieldTable(rows, 'Argument');
}

function fieldTable(fields: readonly Field[], head: string): Markup | undefined {
  if (fields.length === 0) return undefined;
  return table(
    [head, 'Type', 'Meaning'],
    fields.map(({ name, type, required, description }) => [
      markup`<code>${name}</code>${required || head === 'Answer' ? '' : markup` <small>may be left out</small>`}`,
      markup`${type}`,
      markup`${withCode(description)}`,
    ]),
  );
}

function statusTable({ responses = {} }: OpenAPIV3_1.OperationObject): Markup {
  return table(
    ['Status', 'Code', 'Meaning'],
    Object.entries(responses).map(([status, response]) => {
      const { description } = response as OpenAPIV3_1.ResponseObject;
      const { code } = (contentOf(response, 'application/problem+json')?.example ?? {}) as { code?: string };
      return [markup`${status}`, markup`<code>${code ?? ''}</code>`, markup`${withCode(description)}`];
    }),
  );
}

function table(heads: readonly string[], rows: readonly (readonly Markup[])[]): Markup {
  return markup`<table class="stacked"><thead><tr>${heads.map((head) => markup`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows.map(
    (cells) =>
      markup`<tr>${cells.map((cell, index) => markup`<td data-label="${heads[index]}"><div>${cell}</div></td>`)}</tr>`,
  )}</tbody></table>`;
}

/** What the script at the page's end sends; filled in with the document's examples. */
function tryForm({ method, path, operation }: Placed): Markup {
  const { operationId = '' } = operation;
  const body = bodyOf(operation);
  const field = (name: string, label: Markup, input: (id: string) => Markup) => {
    const id = `${operationId}-${name}`;
    return markup`<p class="field"><label for="${id}">${label}</label>${input(id)}</p>`;
  };
  const parameters = parametersOf(operation).map(({ name, in: place, required, example }) =>
    field(
      name,
      markup`${name} <small>${place}</small>`,
      (id) =>
        markup`<input id="${id}" name="${name}" data-in="${place}" value="${exampleText(example)}" autocomplete="off" spellcheck="false"${required ? markup` required` : undefined}>`,
    ),
  );
  const text = JSON.stringify(body?.example ?? {}, null, 2);
  return markup`<form class="try" data-method="${method}" data-path="${path.slice(1)}">
${parameters}
${body === undefined ? undefined : field('body', markup`Body <small>JSON</small>`, (id) => markup`<textarea id="${id}" name="body" rows="${Math.min(12, text.split('\n').length)}" spellcheck="false">${text}</textarea>`)}
<p class="buttons"><button type="submit" class="primary">Send<span class="unseen"> ${operationId}</span></button></p>
<div class="got" role="status"></div>
</form>`;
}

function exampleText(example: unknown): string {
  return example === undefined ? '' : String(example);
}

function json(example: unknown): Markup | undefined {
  return example === undefined
    ? undefined
    : markup`<pre><code>${JSON.stringify(example, null, 2)}</code></pre>`;
}

function parametersOf({ parameters = [] }: OpenAPIV3_1.OperationObject): OpenAPIV3_1.ParameterObject[] {
  return parameters.flatMap((parameter) => ('name' in parameter ? [parameter] : []));
}

function bodyOf({ requestBody }: OpenAPIV3_1.OperationObject): OpenAPIV3_1.MediaTypeObject | undefined {
  return requestBody !== undefined && 'content' in requestBody ? requestBody.content[JSON_TYPE] : undefined;
}

function contentOf(
  response: OpenAPIV3_1.ResponseObject | OpenAPIV3_1.ReferenceObject | undefined,
  type = JSON_TYPE,
): OpenAPIV3_1.MediaTypeObject | undefined {
  return response !== undefined && 'content' in response ? response.content?.[type] : undefined;
}

function named(schema: OpenAPIV3_1.MediaTypeObject['schema'], schemas: Schemas): Schema {
  const reference = schema !== undefined && '$ref' in schema ? schema.$ref.split('/').at(-1) : undefined;
  return schemas[reference ?? ''] ?? {};
}
