import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { lockFile } from '../../../../src/platform/db/embedded/lock.ts'

t.test('a lock is held once, given back once, and can be taken again', async (t) => {
  const file = path.join(t.testdir(), 'lock')
  const lock = lockFile(file)
  t.ok(lock)
  t.equal(lockFile(file), undefined, 'not twice in one process')
  lock?.release()
  lock?.release()
  const again = lockFile(file)
  t.ok(again)
  again?.release()
})

t.test('a lock ends with its process, however that ends', async (t) => {
  const file = path.join(t.testdir(), 'lock')
  const holder = fork(path.join(import.meta.dirname, '../fixtures/lock-holder.ts'), [file], { execArgv: [], env: {} })
  t.same(await once(holder, 'message'), [true, undefined])
  t.equal(lockFile(file), undefined, 'held by another process')
  const exit = once(holder, 'exit')
  holder.kill('SIGKILL')
  await exit
  const lock = lockFile(file)
  t.ok(lock)
  lock?.release()
})

t.test('a lock stays with its process, also when the program keeps no reference to it', async (t) => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const file = path.join(t.testdir(), 'lock')
  t.ok(lockFile(file))
  for (let turn = 0; turn < 5; turn++) {
    await nextTurn()
    collectGarbage()
  }
  t.equal(lockFile(file), undefined)
})

t.test('a lock file that cannot be made is an error, and not a lock that somebody else holds', async (t) => {
  t.throws(() => lockFile(path.join(t.testdir(), 'no', 'such', 'folder', 'lock')))
})
