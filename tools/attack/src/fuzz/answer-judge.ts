import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { OpenAPIV3_1 } from 'openapi-types';

/** An answer, as it is held against the document. */
export interface FuzzedAnswer {
  readonly status: number;
  /** Empty for none. */
  readonly type: string;
  readonly text: string;
}

/** Makes what tells what is wrong with an answer: a fault of the server, or something that the document does not have. */
export function answerJudge(document: OpenAPIV3_1.Document) {
  const ajv = new Ajv2020({ strict: false });
  formats.default(ajv);
  ajv.addSchema({ ...document, $id: 'document' } as object);
  const operations = Object.values(document.paths ?? {}).flatMap((item) =>
    Object.values(item ?? {}).filter((each) => typeof each === 'object' && 'operationId' in each),
  ) as OpenAPIV3_1.OperationObject[];

  const misfit = ({ schema }: OpenAPIV3_1.MediaTypeObject, text: string): string | undefined => {
    const reference = schema !== undefined && '$ref' in schema ? schema.$ref : '';
    const fits = ajv.getSchema(`document${reference}`);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return 'the answer is no JSON';
    }
    if (fits === undefined || fits(value)) return undefined;
    return `the answer does not fit ${reference}: ${ajv.errorsText(fits.errors)}`;
  };

  /** Undefined for nothing. */
  return (id: string, { status, type, text }: FuzzedAnswer): string | undefined => {
    if (status >= 500) return `answered ${status}`;
    const response = operations.find(({ operationId }) => operationId === id)?.responses?.[status];
    if (response === undefined || '$ref' in response) return `the document has no ${status}`;
    const { content = {} } = response;
    if (Object.keys(content).length === 0) return text === '' ? undefined : `${status} has a body`;
    const known = content[type.replace(/;.*/s, '')];
    if (known === undefined) return '*/*' in content ? undefined : `${status} is of type ${type || 'none'}`;
    return misfit(known, text);
  };
}
