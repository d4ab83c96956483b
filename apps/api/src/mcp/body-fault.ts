import { RefusalError, TooManyPartsError } from '@hybrid-sync/service-host';
import { InvalidInputError } from '@hybrid-sync/sync-core';
import { ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { FastifyError, FastifyReply } from 'fastify';
import type { MessageFault } from './message-fault.js';

/** What is told of a request that did not become a message. */
export type BodyFault = Pick<MessageFault, 'code' | 'message' | 'id'> & {
  readonly status: number;
  readonly field?: string;
};

/** Answers with a fault, as JSON-RPC has it. */
export function sendFault(
  reply: FastifyReply,
  { status, id, code, message, field }: BodyFault,
): FastifyReply {
  const data = field === undefined ? {} : { data: { field } };
  return reply.code(status).send({ jsonrpc: '2.0', id, error: { code, message, ...data } });
}

/**
 * What is wrong with a body that could not be read, or that the reading of it failed; undefined for a request that was
 * turned away for something else, which is told as over plain HTTP.
 */
export function bodyFault(error: FastifyError): BodyFault | undefined {
  if (error instanceof RefusalError) {
    if (error.field !== 'Content-Encoding' && error.field !== 'Content-Type') return undefined;
    return faultOf(415, ProtocolErrorCode.InvalidRequest, error.field, error.message);
  }
  if (error instanceof InvalidInputError) {
    const code =
      error instanceof TooManyPartsError ? ProtocolErrorCode.InvalidRequest : ProtocolErrorCode.ParseError;
    return faultOf(400, code, error.field, error.message);
  }
  const status = error.statusCode ?? 500;
  if (status === 413)
    return faultOf(413, ProtocolErrorCode.InvalidRequest, 'body', 'body: is over the limit');
  if (status === 415) {
    return faultOf(
      415,
      ProtocolErrorCode.InvalidRequest,
      'Content-Type',
      'Content-Type: must be application/json',
    );
  }
  if (status < 500) {
    const rule = 'body: must be valid JSON, without the keys __proto__ and constructor.prototype';
    return faultOf(status, ProtocolErrorCode.ParseError, 'body', rule);
  }
  return {
    status,
    id: null,
    code: ProtocolErrorCode.InternalError,
    message: 'the request failed; the log of the api says why',
  };
}

function faultOf(status: number, code: ProtocolErrorCode, field: string, message: string): BodyFault {
  return { status, id: null, code, field, message };
}
