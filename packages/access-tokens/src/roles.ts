import { TOOL_ROLES, type ToolRole } from '@hybrid-sync/tool-contract';

/** Whether a caller of one role may do what another role is needed for: each role includes the ones before it. */
export function mayAct(role: ToolRole, needed: ToolRole): boolean {
  return TOOL_ROLES.indexOf(role) >= TOOL_ROLES.indexOf(needed);
}
