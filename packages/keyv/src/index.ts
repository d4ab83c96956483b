export { HybridSyncStore, type HybridSyncStoreOptions } from './hybrid-sync-store.js';
