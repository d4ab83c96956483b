export { buildServer, runService, type Service, type ServiceNode } from './run-service.js';
