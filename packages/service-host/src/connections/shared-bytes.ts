const SHARED = new WeakSet<Buffer>();

/** Says of bytes that they are there once for all who ask for them, in whatever form they go. */
export function share(bytes: Buffer): Buffer {
  SHARED.add(bytes);
  return bytes;
}

/** Whether bytes are there once for all; otherwise they were made for one answer. */
export function areShared(bytes: Buffer): boolean {
  return SHARED.has(bytes);
}
