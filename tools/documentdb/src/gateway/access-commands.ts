import { Binary, type Document, deserialize, serialize } from 'bson';
import type { Access, LoginStep } from './access.js';
import type { CommandHandler } from './command.js';
import { CommandError } from './command-error.js';
import { SCRAM, ScramError } from './scram.js';

/** The first step of a login. The user is of the whole server, so any database will do. */
export const saslStart: CommandHandler = async ({ spec }, { access }) =>
  serialize({ ...step(() => started(readable(spec), access)), ok: 1 });

/** Its other steps. */
export const saslContinue: CommandHandler = async ({ spec }, { access }) => {
  const { conversationId, payload } = readable(spec);
  return serialize({ ...step(() => access.go(Number(conversationId), bytesOf(payload))), ok: 1 });
};

/** Who is logged in here. */
export const connectionStatus: CommandHandler = async (_call, { access: { userName } }) => {
  const authenticatedUsers = userName === undefined ? [] : [{ user: userName, db: 'admin' }];
  return serialize({ authInfo: { authenticatedUsers, authenticatedUserRoles: [] }, ok: 1 });
};

/**
 * What `hello` answers about logins: the ways to log in, where it is asked for them, and the first step of a login that a
 * client begins with it. One that is refused is left out, as MongoDB does; the client then begins anew and is told.
 */
export function loginFieldsOf(spec: Buffer, access: Access): Document {
  const { saslSupportedMechs, speculativeAuthenticate } = readable(spec);
  const ways = saslSupportedMechs === undefined ? {} : { saslSupportedMechs: [SCRAM] };
  if (typeof speculativeAuthenticate !== 'object' || speculativeAuthenticate === null) return ways;
  try {
    return { ...ways, speculativeAuthenticate: step(() => started(speculativeAuthenticate, access)) };
  } catch (error) {
    if (error instanceof CommandError) return ways;
    throw error;
  }
}

function started({ mechanism, payload, options }: Document, access: Access): LoginStep {
  if (mechanism !== SCRAM) {
    throw new CommandError('MechanismUnavailable', `the only way to log in is ${SCRAM}`);
  }
  return access.start(bytesOf(payload), options?.skipEmptyExchange === true);
}

/** Why a login is refused is not told, as MongoDB does. */
function step(take: () => LoginStep): Document {
  try {
    const { payload, ...rest } = take();
    return { ...rest, payload: new Binary(payload) };
  } catch (error) {
    if (error instanceof ScramError) throw new CommandError('AuthenticationFailed', 'Authentication failed.');
    throw error;
  }
}

/** A stranger's document, which may be anything. */
function readable(spec: Buffer): Document {
  try {
    return deserialize(spec);
  } catch (error) {
    throw new CommandError(
      'FailedToParse',
      `not BSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function bytesOf(payload: unknown): Buffer {
  if (!(payload instanceof Binary)) throw new CommandError('TypeMismatch', 'payload has to be binary');
  return Buffer.from(payload.value());
}
