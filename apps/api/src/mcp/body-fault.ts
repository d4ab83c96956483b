import { RefusalError, TooManyPartsError } from '@hybrid-sync/service-host';
import { InvalidInputError } from '@hybrid-sync/sync-core';
import { ErrorCode } from '@modelcontextprotocol/sdk/types.js';
import type { FastifyError, FastifyReply } from 'fastify';
import type { MessageFault } from './message-fault.js';

/** What is told of a request that did not become a message. */
export type Fault = Pick<MessageFault, 'code' | 'message' | 'id'> & {
  readonly status: number;
  readonly field?: string;
};

/** Answers with a fault, as JSON-RPC has it. */
export function sendFault(reply: FastifyReply, { status, id, code, message, field }: Fault): FastifyReply {
  const data = field === undefined ? {} : { data: { field } };
  return reply.code(status).send({ jsonrpc: '2.0', id, error: { code, message, ...data } });
}

/**
 * What is wrong with a body that could not be read, or that the reading of it failed; undefined for a request that was
 * turned away for something else, which is told as over plain HTTP.
 */
export function bodyFault(error: FastifyError): Fault | undefined {
  if (error instanceof RefusalError) {
    if (error.field !== 'Content-Encoding' && error.field !== 'Content-Type') return undefined;
    return faultOf(415, ErrorCode.InvalidRequest, error.field, error.message);
  }
  if (error instanceof InvalidInputError) {
    const code = error instanceof TooManyPartsError ? ErrorCode.InvalidRequest : ErrorCode.ParseError;
    return faultOf(400, code, error.field, error.message);
  }
  const status = error.statusCode ?? 500;
  if (status === 413) return faultOf(413, ErrorCode.InvalidRequest, 'body', 'body: is over the limit');
  if (status === 415) {
    return faultOf(415, ErrorCode.InvalidRequest, 'Content-Type', 'Content-Type: must be application/json');
  }
  if (status < 500) {
    const rule = 'body: must be valid JSON, without the keys __proto__ and constructor.prototype';
    return faultOf(status, ErrorCode.ParseError, 'body', rule);
  }
  return {
    status,
    id: null,
    code: ErrorCode.InternalError,
    message: 'the request failed; the log of the api says why',
  };
}

function faultOf(status: number, code: ErrorCode, field: string, message: string): Fault {
  return { status, id: null, code, field, message };
}
