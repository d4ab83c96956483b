import { type Caller, mayAct, ROLES, type Role } from '@hybrid-sync/access-tokens';
import type { AuthInfo } from '@modelcontextprotocol/server';

/** A caller, and its request, as the SDK carries them to the handlers; the token itself stays behind. */
export function authInfoOf({ name, role }: Caller, requestId: string): AuthInfo {
  return { token: '', clientId: name, scopes: [role], extra: { requestId } };
}

/** The id of the request that a call came with. */
export function requestIdOf(authInfo: AuthInfo | undefined): string | undefined {
  const id = authInfo?.extra?.requestId;
  return typeof id === 'string' ? id : undefined;
}

/** The name of whom the SDK names. */
export function callerName(authInfo: AuthInfo | undefined): string {
  return authInfo?.clientId ?? 'nobody';
}

/** Whether whom the SDK names may use a tool of this role; nobody may use none. */
export function mayUse(authInfo: AuthInfo | undefined, needed: Role): boolean {
  const role = ROLES.find((each) => authInfo?.scopes.includes(each));
  return role !== undefined && mayAct(role, needed);
}
