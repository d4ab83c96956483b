import type { ServiceProcess } from '@hybrid-sync/services';
import type { MongodbPart } from '../schedule/fault.js';
import type { Deployment } from '../system/deployment.js';
import { type FaultScene, lasting } from './fault-scene.js';

/** The processes of a part. A `mongod` has no gateway; the engine is then hit in its place. */
export function processesOf({ engine, gateway }: Deployment, part: MongodbPart): ServiceProcess[] {
  if (gateway === undefined) return [engine];
  if (part === 'both') return [gateway, engine];
  return [part === 'engine' ? engine : gateway];
}

/** Freezes MongoDB for a while. */
export async function freezeMongodb(scene: FaultScene, part: MongodbPart, frozenMs: number): Promise<void> {
  const { deployment, downtimes, clock } = scene;
  const processes = processesOf(deployment, part);
  const back = downtimes.begin('mongodb', 'freeze-mongodb', () => clock.now());
  for (const process of processes) await process.signal('SIGSTOP');
  await lasting(frozenMs, scene);
  for (const process of processes.toReversed()) await process.signal('SIGCONT');
  back();
}

/** Kills MongoDB, and after a while starts it on its data. Resolves when it answers. */
export async function killMongodb(scene: FaultScene, part: MongodbPart, downMs: number): Promise<void> {
  const { deployment, downtimes, clock, signal } = scene;
  const processes = processesOf(deployment, part);
  const back = downtimes.begin('mongodb', 'kill-mongodb', () => clock.now());
  for (const process of processes) await deployment.kill(process);
  await lasting(downMs, scene);
  for (const process of processes.toReversed()) await process.start(signal);
  back();
}
