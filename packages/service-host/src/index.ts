export { acceptedType } from './accepted-type.js';
export { LOCAL, NOBODY } from './access.js';
export { AddressPlaces } from './connections/address-places.js';
export { share } from './connections/shared-bytes.js';
export { httpServer } from './http-server.js';
export { PlainBody, TooManyPartsError, takeAnyBodies } from './json-body.js';
export { type ListenPlace, listenAt, makeListeners } from './listeners.js';
export { loadTokens } from './load-tokens.js';
export { acceptedPacking, type Packing, packedTag } from './packing/accepted-packing.js';
export { pack } from './packing/pack.js';
export { varyByEncoding } from './packing/packed-answer.js';
export {
  type ProblemCode,
  type ProblemDetails,
  problem,
  RefusalError,
  STATUS_OF,
  sendProblem,
} from './problem-details.js';
export { RefusedCallers } from './refused-callers.js';
export { type Door, type DoorParts, runService, STOP_DEADLINE_MS } from './run-service.js';
export { securityHeaders } from './security-headers.js';
export { inServerSpan } from './tracing/trace-requests.js';
