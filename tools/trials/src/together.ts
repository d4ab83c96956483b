/**
 * Does several things at the same time. The signal that each is given aborts with the one given here, and when another of
 * them fails, by that failure.
 * @throws the first failure, once all have ended
 */
export async function together(
  signal: AbortSignal,
  ...works: readonly ((signal: AbortSignal) => Promise<void>)[]
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const endOthers = (error: unknown) => failed.abort(error);
  await Promise.all(works.map((work) => work(either).catch(endOthers)));
  failed.signal.throwIfAborted();
}
