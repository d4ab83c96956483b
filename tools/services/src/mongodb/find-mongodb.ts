import { join } from 'node:path';
import {
  DocumentdbError,
  engineProgram,
  GATEWAY_USER,
  gatewayProgram,
  passwordIn,
} from '@hybrid-sync/documentdb';
import getPort from 'get-port';
import { cachedRoot } from '../documentdb/root-cache.js';
import { provideRoot } from '../documentdb/root-copy.js';
import { ServiceStartError, ServiceUnavailableError } from '../errors.js';
import type { FindContext, GivenService } from '../find-context.js';
import { findExecutable } from '../process/executables.js';
import { exists } from '../process/path-exists.js';
import { ServiceProcess } from '../process/service-process.js';
import type { Step } from '../progress.js';
import { checkGivenMongodb, mongodProcess, mongodUrl } from './mongod.js';
import { downloadedMongod, downloadMongod } from './mongod-download.js';
import { MONGODB_ADVICE, type MongodbSource, mongodbSources } from './mongodb-sources.js';

/** A MongoDB that can be used. */
export interface FoundMongodb {
  readonly url: string;
  readonly origin: MongodbSource['kind'];
  /** Where it came from, in words. */
  readonly where: string;
  /** What holds the data: `mongod`, or DocumentDB's engine; undefined for a given one. */
  readonly engine: ServiceProcess | undefined;
  /** What speaks the wire protocol in front of DocumentDB's engine. */
  readonly gateway: ServiceProcess | undefined;
  /** Stops what was started here. */
  stop(): Promise<void>;
}

/** Finds or starts MongoDB. Errors are those of `startServices`. */
export async function findMongodb(
  context: FindContext,
  given: GivenService | undefined,
): Promise<FoundMongodb> {
  const step = context.progress.begin('MongoDB');
  try {
    for (const source of mongodbSources(await facts(context, given))) {
      const found = await follow(source, context, given, step);
      if (found === undefined) continue;
      step.done(found.where);
      return found;
    }
    throw new ServiceUnavailableError(MONGODB_ADVICE);
  } catch (error) {
    step.failed();
    throw error;
  }
}

async function facts({ dataDir }: FindContext, given: GivenService | undefined) {
  const [hasDocumentdb, hasMongod, documentdbCached, downloaded, mongod, apt] = await Promise.all([
    exists(join(dataDir, 'documentdb')),
    exists(join(dataDir, 'mongodb')),
    exists(cachedRoot()),
    downloadedMongod(),
    findExecutable(['mongod']),
    findExecutable(['apt-get']),
  ]);
  return {
    givenUrl: given?.url,
    mongod,
    existingData: hasDocumentdb ? ('documentdb' as const) : hasMongod ? ('mongod' as const) : undefined,
    downloadCached: downloaded !== undefined,
    documentdbCached,
    hasApt: apt !== undefined,
    isRoot: process.getuid?.() === 0,
  };
}

/** Goes one way; undefined when it leads nowhere and the next one should be tried. */
async function follow(
  source: MongodbSource,
  context: FindContext,
  given: GivenService | undefined,
  step: Step,
): Promise<FoundMongodb | undefined> {
  switch (source.kind) {
    case 'given':
      return useGiven(source.url, given?.variable ?? 'MONGODB_URL');
    case 'mongod':
      return startMongod(source.kind, source.executable, context);
    case 'download': {
      const executable = await downloadMongod(step);
      return executable === undefined ? undefined : startMongod(source.kind, executable, context);
    }
    case 'documentdb':
      return startDocumentdb(context, step);
  }
}

async function useGiven(url: string, variable: string): Promise<FoundMongodb> {
  await checkGivenMongodb(url, variable);
  return {
    url,
    origin: 'given',
    where: `${variable}, neither started nor stopped here`,
    engine: undefined,
    gateway: undefined,
    stop: async () => undefined,
  };
}

async function startMongod(
  origin: 'mongod' | 'download',
  executable: string,
  context: FindContext,
): Promise<FoundMongodb> {
  const port = await getPort({ host: '127.0.0.1', port: context.ports.mongodb ?? 0 });
  const engine = mongodProcess({
    executable,
    folder: join(context.dataDir, 'mongodb'),
    logFile: join(context.logs, 'mongodb.log'),
    port,
  });
  engine.onUnexpectedExit = context.onUnexpectedExit;
  await engine.start(context.signal);
  const where = `${executable}, port ${port}`;
  return { url: mongodUrl(port), origin, where, engine, gateway: undefined, stop: () => engine.stop() };
}

async function startDocumentdb(context: FindContext, step: Step): Promise<FoundMongodb> {
  const { dataDir, logs, ports, durable, onUnexpectedExit, signal } = context;
  const folder = join(dataDir, 'documentdb');
  const root = join(folder, 'root');
  await provideRoot(root, step, signal);
  step.say('starting DocumentDB');
  const [enginePort, port] = await Promise.all([
    getPort({ host: '127.0.0.1', port: ports.engine ?? 0 }),
    getPort({ host: '127.0.0.1', port: ports.mongodb ?? 0 }),
  ]);
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
  return {
    url: `mongodb://${GATEWAY_USER}:${encodeURIComponent(password)}@127.0.0.1:${port}/?directConnection=true&authSource=admin`,
    origin: 'documentdb',
    where: `DocumentDB from Debian's packages, port ${port}`,
    engine,
    gateway,
    stop,
  };
}
