export { faketimeEnv, findFaketime } from './debian/find-faketime.js';
export {
  findChromium,
  findCurl,
  findHaproxy,
  findKustomize,
  findPrometheus,
  findPromtool,
} from './debian/programs.js';
export {
  FolderInUseError,
  FolderUnusableError,
  ServiceStartError,
  ServicesError,
  ServiceUnavailableError,
} from './errors.js';
export type { GivenService, PreferredPorts } from './find-context.js';
export type { FoundMongodb } from './mongodb/find-mongodb.js';
export { ServiceProcess } from './process/service-process.js';
export { type Progress, SILENT, type Step } from './progress.js';
export type { FoundRedis } from './redis/find-redis.js';
export { redisServer, redisUrl } from './redis/redis-server.js';
export {
  type Services,
  type StartServicesOptions,
  startServices,
} from './start-services.js';
export { type AppOptions, appProcess, NODE_ARGS } from './system/app-process.js';
export { inDatabase } from './system/service-urls.js';
export { TerminalProgress } from './terminal-progress.js';
