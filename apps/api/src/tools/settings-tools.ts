import { type PastChange, type Pod, settingNamed, shownSettings, shownValue } from '@hybrid-sync/sync-core';
import type { ToolArguments, ToolResult } from '@hybrid-sync/tool-contract';
import { firstThatFit } from './answer-size.js';
import type { ToolHandlers } from './tool.js';

/** The tools for the settings, and for changing them while all processes run. */
export const settingsHandlers: ToolHandlers<
  | 'hybrid_sync_settings'
  | 'hybrid_sync_settings_set'
  | 'hybrid_sync_settings_reset'
  | 'hybrid_sync_settings_history'
> = {
  hybrid_sync_settings: async ({ name }, { live, deployment }) => {
    const only = name === undefined || name === null ? undefined : settingNamed(name);
    const { readAt } = deployment;
    return {
      revision: live.revision,
      readAt: readAt === undefined ? null : new Date(readAt).toISOString(),
      settings: shownSettings(live, only).map(({ at, ...setting }) => ({
        ...setting,
        ...(at === undefined ? {} : { at: new Date(at).toISOString() }),
      })),
      timestamp: now(),
    };
  },

  hybrid_sync_settings_set: async ({ settings, ...terms }, pod, { by }) =>
    changeAnswer(
      await runningDeployment(pod).set(settings, changeTermsOf(terms, by)),
      'The settings are changed',
    ),

  hybrid_sync_settings_reset: async ({ names, apply, ...terms }, pod, { by }) => {
    const deployment = runningDeployment(pod);
    const settings = await deployment.setAtRunTime(names ?? undefined, terms.ifRevision ?? undefined);
    if (!apply) {
      const message = `${settings.length} settings would be as at the start again; nothing is changed without apply.`;
      const { revision } = pod.live;
      return { success: true, applied: false, message, revision, settings, timestamp: now() };
    }
    const revision = await deployment.reset(names ?? undefined, changeTermsOf(terms, by));
    const what = names
      ? 'These settings are as at the start again'
      : 'All settings are as at the start again';
    return { ...changeAnswer(revision, what), applied: true, settings };
  },

  hybrid_sync_settings_history: async ({ limit, cursor }, pod) => {
    const changes = await runningDeployment(pod).history(limit, cursor ?? undefined);
    const shown = firstThatFit(changes.map(shownChange));
    const isLast = changes.length < limit && shown.length === changes.length;
    return {
      revision: pod.live.revision,
      changes: shown,
      cursor: isLast ? null : (changes[shown.length - 1]?.id ?? null),
      timestamp: now(),
    };
  },
};

/** What is set at run time, once the pod has reached Redis. @throws NotReadyError before */
export function runningDeployment(pod: Pod): Pod['deployment'] {
  void pod.running;
  return pod.deployment;
}

/** The terms of a change, as the arguments have them. */
export function changeTermsOf(
  { ifRevision, reason }: Pick<ToolArguments<'hybrid_sync_settings_reset'>, 'ifRevision' | 'reason'>,
  by: string,
) {
  return { by, ifRevision: ifRevision ?? undefined, reason: reason ?? undefined };
}

/** What a change answers. `what`: it, in words. */
export function changeAnswer(revision: number, what: string): ToolResult<'hybrid_sync_settings_set'> {
  const message = `${what} (revision ${revision}); every pod and projector follows within a second.`;
  return { success: true, message, revision, timestamp: now() };
}

function shownChange({ revision, at, by, reason, settings }: PastChange) {
  return {
    revision: revision ?? null,
    at: at === undefined ? null : new Date(at).toISOString(),
    by: by ?? null,
    reason: reason ?? null,
    settings: settings.map(({ name, before, after }) => ({
      name,
      before: shownValue(name, before),
      after: shownValue(name, after),
    })),
  };
}

const now = () => new Date().toISOString();
