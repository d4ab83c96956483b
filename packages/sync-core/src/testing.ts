export { type MongodbSide, memoryMongodb } from './testing/memory-mongodb.js';
export { memoryRedis, type RedisSide } from './testing/memory-redis.js';
export { memoryWorld } from './testing/memory-world.js';
export { playSteps } from './testing/play-steps.js';
export { type Asks, anyStep, KEYS, REGRESSIONS, SLOTS, type Step } from './testing/steps.js';
export { Crash, crashingAfter, type World } from './testing/world.js';
