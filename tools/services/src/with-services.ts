import { withFolder } from './process/temporary-folder.js';
import { type Services, startServices } from './start-services.js';

/**
 * Starts Redis and MongoDB, as durable as `npm start` has them and with all data in a temporary folder, for as long as `work`
 * takes. `name`: what they are for, a part of the folder's name.
 * @throws ServicesError that says what to install; what `work` throws
 */
export async function withServices<T>(
  name: string,
  signal: AbortSignal,
  work: (services: Services, folder: string) => Promise<T>,
): Promise<T> {
  return withFolder(name, async (folder) => {
    const services = await startServices({ dataDir: folder, signal });
    try {
      return await work(services, folder);
    } finally {
      await services.stop();
    }
  });
}
