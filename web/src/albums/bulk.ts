/** Commands under way at once. */
const AT_ONCE = 6;

/** What became of many. */
export interface BulkOutcome {
  readonly done: readonly string[];
  readonly failed: readonly string[];
  /** Why the first of them failed. */
  readonly error: unknown;
}

/** Does the same to many items, a few at a time. What fails does not hold up the others. */
export async function forEachItem(
  ids: readonly string[],
  act: (id: string) => Promise<unknown>,
): Promise<BulkOutcome> {
  const done: string[] = [];
  const failed: string[] = [];
  let error: unknown;
  let next = 0;
  const work = async (): Promise<void> => {
    for (let id = ids[next++]; id !== undefined; id = ids[next++]) {
      try {
        await act(id);
        done.push(id);
      } catch (reason) {
        error ??= reason;
        failed.push(id);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { done, failed, error };
}
