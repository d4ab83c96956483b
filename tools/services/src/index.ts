export { clockEnv } from './debian/find-faketime.js';
export {
  findCurl,
  findHaproxy,
  findKustomize,
  findPrometheus,
  findPromtool,
} from './debian/programs.js';
export { ServicesError } from './errors.js';
export { processorSeconds, residentBytes } from './process/process-usage.js';
export { ServiceProcess } from './process/service-process.js';
export { waitUntil } from './process/wait-until.js';
export { DURABLE, redisUrl } from './redis/redis-server.js';
export { type Services, startServices } from './start-services.js';
export { type AppProcess, appProcess, NODE_ARGS } from './system/app-process.js';
export { inDatabase } from './system/service-urls.js';
export { hadForTests } from './testing/had-for-tests.js';
export { withServices } from './with-services.js';
