interface Closable {
  close(): Promise<unknown>
}

/** How long closing one resource may take by default. */
export const CLOSE_BUDGET_MS = 5_000

/**
 * A resource was not closed within its budget. It may still be closing; the resources that were opened before it are
 * closed nevertheless.
 */
export class CloseTimeout extends Error {
  override readonly name = 'CloseTimeout'
}

/**
 * Closes `resource` when `stack` is disposed, and returns it. If closing fails, the error names the resource. If it
 * takes longer than `budgetMs`, the error is a {@link CloseTimeout} and the stack goes on with the next resource.
 *
 * @example
 * await using stack = new AsyncDisposableStack()
 * const database = closeWith(stack, 'the database', openDatabase({ url, log }))
 */
export function closeWith<T extends Closable>(
  stack: AsyncDisposableStack,
  name: string,
  resource: T,
  budgetMs: number = CLOSE_BUDGET_MS
): T {
  stack.defer(async () => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new CloseTimeout(`${name} did not close within ${budgetMs} ms`)), budgetMs)
    })
    try {
      await Promise.race([resource.close(), late])
    } catch (error) {
      if (error instanceof CloseTimeout) throw error
      throw new Error(`${name} could not be closed`, { cause: error })
    } finally {
      clearTimeout(timer)
    }
  })
  return resource
}

/**
 * The single errors in an error of disposing a stack, in the order in which they occurred. If several resources fail,
 * the stack throws a `SuppressedError`, which holds the last failure and, in `suppressed`, the earlier ones.
 */
export function allErrors(error: unknown): unknown[] {
  return error instanceof SuppressedError ? [...allErrors(error.suppressed), ...allErrors(error.error)] : [error]
}
