import t from 'tap'
import { allErrors, closeWith } from '../../src/lib/closing.ts'

t.test('what a stack holds is closed in reverse, once, and a failure keeps none of the others open', async (t) => {
  const closed: string[] = []
  const stack = new AsyncDisposableStack()
  const resource = (name: string, failure?: Error) => ({
    name,
    close() {
      closed.push(name)
      return failure ? Promise.reject(failure) : Promise.resolve()
    }
  })
  t.equal(closeWith(stack, 'the first', resource('first')).name, 'first')
  closeWith(stack, 'the second', resource('second', new Error('disk full')))
  closeWith(stack, 'the third', resource('third'))
  closeWith(stack, 'the fourth', resource('fourth', new Error('no route')))

  const error: unknown = await stack.disposeAsync().then(
    () => undefined,
    (reason: unknown) => reason
  )
  t.same(closed, ['fourth', 'third', 'second', 'first'])
  t.match(allErrors(error), [
    { message: 'the fourth could not be closed', cause: { message: 'no route' } },
    { message: 'the second could not be closed', cause: { message: 'disk full' } }
  ])
  await stack.disposeAsync()
  t.equal(closed.length, 4)
})

t.test('the failure of a step comes before the failures of closing what was open', async (t) => {
  async function start(): Promise<void> {
    await using stack = new AsyncDisposableStack()
    closeWith(stack, 'the server', { close: () => Promise.reject(new Error('stuck')) })
    throw new Error('no database')
  }
  const error: unknown = await start().catch((reason: unknown) => reason)
  t.match(allErrors(error), [{ message: 'no database' }, { message: 'the server could not be closed' }])
})

t.test('a single error stands for itself', async (t) => {
  const error = new Error('one')
  t.same(allErrors(error), [error])
})
