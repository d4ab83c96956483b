import { join } from 'node:path';
import {
  DocumentdbError,
  engineProgram,
  GATEWAY_USER,
  gatewayProgram,
  passwordIn,
} from '@hybrid-sync/documentdb';
import getPort from 'get-port';
import { mayInstall } from '../debian/programs.js';
import { cachedRoot } from '../documentdb/root-cache.js';
import { provideRoot } from '../documentdb/root-copy.js';
import { ServiceStartError, ServiceUnavailableError } from '../errors.js';
import {
  asGiven,
  type FindContext,
  type FoundService,
  type GivenService,
  requireAnswer,
} from '../find-context.js';
import { exists, findExecutable } from '../process/places.js';
import { ServiceProcess } from '../process/service-process.js';
import { during, type ProgressStep } from '../progress.js';
import { mongodProcess, mongodUrl, pingMongodb } from './mongod.js';
import { downloadedMongod, downloadMongod } from './mongod-download.js';
import { type MongodbSource, mongodbSources } from './mongodb-sources.js';

/** A MongoDB that can be used. */
export interface FoundMongodb extends FoundService {
  /** What holds the data: `mongod`, or DocumentDB's engine; undefined for a given one. */
  readonly engine: ServiceProcess | undefined;
  /** What speaks the wire protocol in front of DocumentDB's engine. */
  readonly gateway: ServiceProcess | undefined;
}

/** What someone can do who has none. */
const ADVICE =
  'There is no MongoDB: set MONGODB_URL to a running one, or put mongod on the PATH. ' +
  'On Debian, root gets one by itself (DocumentDB, from Debian’s packages).';

/** Finds or starts MongoDB. Errors are those of `startServices`. */
export function findMongodb(context: FindContext, given: GivenService | undefined): Promise<FoundMongodb> {
  return during(context.progress, 'MongoDB', async (step) => {
    const found = await (given ? useGiven(given) : startOwn(context, step));
    step.done(found.where);
    return found;
  });
}

async function useGiven(given: GivenService): Promise<FoundMongodb> {
  await requireAnswer('MongoDB', given.variable, () => pingMongodb(given.url));
  return { ...asGiven(given), engine: undefined, gateway: undefined };
}

async function startOwn(context: FindContext, step: ProgressStep): Promise<FoundMongodb> {
  const folder = (name: string) => exists(join(context.dataDir, name));
  const installed = await findExecutable(['mongod']);
  const sources = mongodbSources({
    hasMongod: installed !== undefined,
    existingData: (await folder('documentdb'))
      ? 'documentdb'
      : (await folder('mongodb'))
        ? 'mongod'
        : undefined,
    downloadCached: (await downloadedMongod()) !== undefined,
    documentdbCached: await exists(cachedRoot()),
    mayInstall: await mayInstall(),
  });
  const ways: Record<MongodbSource, () => Promise<FoundMongodb | undefined>> = {
    mongod: () => startMongod(installed, context),
    download: async () => startMongod(await downloadMongod(step), context),
    documentdb: () => startDocumentdb(context, step),
  };
  for (const source of sources) {
    const found = await ways[source]();
    if (found !== undefined) return found;
  }
  throw new ServiceUnavailableError(ADVICE);
}

/** Undefined where there is no such program. */
async function startMongod(
  executable: string | undefined,
  { dataDir, logs, ports, onUnexpectedExit, signal }: FindContext,
): Promise<FoundMongodb | undefined> {
  if (executable === undefined) return undefined;
  const port = await getPort({ host: '127.0.0.1', port: ports.mongodb ?? 0 });
  const [folder, logFile] = [join(dataDir, 'mongodb'), join(logs, 'mongodb.log')];
  const engine = mongodProcess({ executable, folder, logFile, port });
  engine.onUnexpectedExit = onUnexpectedExit;
  await engine.start(signal);
  return {
    ...{ url: mongodUrl(port), origin: 'started', where: `${executable}, port ${port}` },
    ...{ engine, gateway: undefined, stop: () => engine.stop() },
  };
}

async function startDocumentdb(context: FindContext, step: ProgressStep): Promise<FoundMongodb> {
  const { dataDir, logs, ports, durable, onUnexpectedExit, signal } = context;
  const folder = join(dataDir, 'documentdb');
  const root = join(folder, 'root');
  await provideRoot(root, step, signal);
  step.say('starting DocumentDB');
  const enginePort = await getPort({ host: '127.0.0.1', port: ports.engine ?? 0 });
  const port = await getPort({ host: '127.0.0.1', port: ports.mongodb ?? 0 });
  const enginePasswordFile = join(folder, 'password');
  const passwordFile = join(folder, 'gateway-password');
  const password = await passwordIn(passwordFile);
  const engine = new ServiceProcess({
    ...engineProgram({ root, passwordFile: enginePasswordFile, port: enginePort, durable }),
    recordFile: join(folder, 'engine.json'),
    logFile: join(logs, 'documentdb.log'),
  });
  const gateway = new ServiceProcess({
    ...gatewayProgram({ port, enginePort, passwordFile, enginePasswordFile }),
    recordFile: join(folder, 'gateway.json'),
    logFile: join(logs, 'gateway.log'),
  });
  const stop = async () => {
    await gateway.stop();
    await engine.stop();
  };
  for (const service of [engine, gateway]) service.onUnexpectedExit = onUnexpectedExit;
  try {
    // The gateway needs the engine only when a client comes.
    await Promise.all([engine.start(signal), gateway.start(signal)]);
  } catch (error) {
    await stop();
    if (error instanceof DocumentdbError) throw new ServiceStartError(error.message, { cause: error });
    throw error;
  }
  const user = `${GATEWAY_USER}:${encodeURIComponent(password)}`;
  return {
    url: `mongodb://${user}@127.0.0.1:${port}/?directConnection=true&authSource=admin`,
    origin: 'started',
    where: `DocumentDB from Debian's packages, port ${port}`,
    ...{ engine, gateway, stop },
  };
}
