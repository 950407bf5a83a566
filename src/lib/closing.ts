interface Closable {
  close(): Promise<unknown>
}

/**
 * Closes `resource` when `stack` is disposed, and returns it. If closing fails, the error names the resource.
 *
 * @example
 * await using stack = new AsyncDisposableStack()
 * const database = closeWith(stack, 'the database', openDatabase({ url, log }))
 */
export function closeWith<T extends Closable>(stack: AsyncDisposableStack, name: string, resource: T): T {
  stack.defer(async () => {
    try {
      await resource.close()
    } catch (error) {
      throw new Error(`${name} could not be closed`, { cause: error })
    }
  })
  return resource
}

/**
 * The errors that `error` stands for, the first one first. Disposing a stack throws a single error. If several things
 * fail, it is a `SuppressedError`, which holds the last failure and, in `suppressed`, those before it.
 */
export function allErrors(error: unknown): unknown[] {
  return error instanceof SuppressedError ? [...allErrors(error.suppressed), ...allErrors(error.error)] : [error]
}
