declare module 'cluster-key-slot' {
  /** The hash slot of a key in a Redis Cluster: that of its hash tag, where it has one. */
  export default function calculateSlot(key: string): number;
}
