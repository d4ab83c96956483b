/**
 * What tests need of the machine; undefined, with a word about it, where it can't be had. In CI that is a failure.
 * @param what names the need, such as `HAProxy`
 * @throws ServicesError in CI where it can't be had
 */
export async function hadForTests<T>(what: string, find: () => Promise<T>): Promise<T | undefined> {
  try {
    return await find();
  } catch (error) {
    if (process.env.CI) throw error;
    console.warn(`SKIPPING the tests that need ${what}: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}
