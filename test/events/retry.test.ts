import t from 'tap'
import { MAX_ATTEMPTS, retryDelayMs } from '../../src/events/retry.ts'

t.test('the delay grows with each attempt, and there is a last attempt', async (t) => {
  const delays = Array.from({ length: MAX_ATTEMPTS - 1 }, (_, index) => retryDelayMs(index + 1, 0) ?? 0)
  t.same(
    delays,
    [...delays].sort((a, b) => a - b)
  )
  t.equal(delays[0], 5_000)
  t.equal(new Set(delays).size, delays.length)
  t.equal(retryDelayMs(MAX_ATTEMPTS, 0), undefined)
  t.equal(retryDelayMs(MAX_ATTEMPTS + 1, 0), undefined)
})

t.test('retries of attempts that failed together are spread by up to a fifth', async (t) => {
  t.equal(retryDelayMs(1, 0.5), 5_500)
  t.ok((retryDelayMs(1, 0.999_999) ?? 0) <= 6_000)
})
