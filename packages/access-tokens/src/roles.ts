/** What a caller may do; each role includes the ones before it. */
export const ROLES = ['read', 'write', 'admin'] as const;
/** See {@link ROLES}. */
export type Role = (typeof ROLES)[number];

/** Whether a caller of one role may do what another role is needed for. */
export function mayAct(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
