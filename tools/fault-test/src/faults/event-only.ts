import { askPod } from '../system/deployment.js';
import type { FaultScene } from './fault-scene.js';

/** While `work` lasts, every write becomes an event: so is it set at run time, and reset afterwards. */
export async function withEventsOnly(
  { deployment }: Pick<FaultScene, 'deployment'>,
  work: () => Promise<void>,
): Promise<void> {
  const [pod] = deployment.pods;
  await askPod(pod, '/sync/settings', { settings: { 'app.sync.mode': 'event-only' } });
  try {
    await work();
  } finally {
    await askPod(pod, '/sync/settings/reset', { names: ['app.sync.mode'], apply: true });
  }
}
