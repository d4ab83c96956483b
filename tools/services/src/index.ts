export { findChromium } from './chromium/find-chromium.js';
export { findCurl } from './curl/find-curl.js';
export {
  FolderInUseError,
  FolderUnusableError,
  ServiceStartError,
  ServicesError,
  ServiceUnavailableError,
} from './errors.js';
export { faketimeEnv, findFaketime } from './faketime/find-faketime.js';
export type { GivenService, PreferredPorts } from './find-context.js';
export { findHaproxy } from './haproxy/find-haproxy.js';
export { findKustomize } from './kustomize/find-kustomize.js';
export type { FoundMongodb } from './mongodb/find-mongodb.js';
export { ServiceProcess } from './process/service-process.js';
export { type Progress, SILENT, type Step } from './progress.js';
export { findPromtool } from './prometheus/find-promtool.js';
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
