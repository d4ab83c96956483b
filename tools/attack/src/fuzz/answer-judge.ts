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

type Operations = ReadonlyMap<string, OpenAPIV3_1.OperationObject>;

/** Tells what is wrong with answers: a fault of the server, or something that the document does not have. */
export class AnswerJudge {
  readonly #ajv = new Ajv2020({ strict: false });
  readonly #operations: Operations;

  constructor(document: OpenAPIV3_1.Document) {
    formats.default(this.#ajv);
    this.#ajv.addSchema({ ...document, $id: 'document' } as object);
    const operations = Object.values(document.paths ?? {}).flatMap((item) =>
      Object.values(item ?? {}).filter((each) => typeof each === 'object' && 'operationId' in each),
    ) as OpenAPIV3_1.OperationObject[];
    this.#operations = new Map(operations.map((each) => [each.operationId ?? '', each]));
  }

  /** What is wrong with an answer; undefined for nothing. */
  faultIn(operationId: string, { status, type, text }: FuzzedAnswer): string | undefined {
    if (status >= 500) return `answered ${status}`;
    const response = this.#operations.get(operationId)?.responses?.[status];
    if (response === undefined || '$ref' in response) return `the document has no ${status}`;
    const { content = {} } = response;
    if (Object.keys(content).length === 0) return text === '' ? undefined : `${status} has a body`;
    const known = content[type.replace(/;.*/s, '')];
    if (known === undefined) return '*/*' in content ? undefined : `${status} is of type ${type || 'none'}`;
    return this.#misfit(known, text);
  }

  #misfit({ schema }: OpenAPIV3_1.MediaTypeObject, text: string): string | undefined {
    const reference = schema !== undefined && '$ref' in schema ? schema.$ref : '';
    const fits = this.#ajv.getSchema(`document${reference}`);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return 'the answer is no JSON';
    }
    if (fits === undefined || fits(value)) return undefined;
    return `the answer does not fit ${reference}: ${this.#ajv.errorsText(fits.errors)}`;
  }
}
