import autocannon from 'autocannon'

/**
 * Load of ordinary callers, requested by the parent. Its steady rate leaves the process mostly idle, so that a stall
 * shows.
 */
export interface Calls {
  url: string
  headers: Record<string, string>
  connections: number
  /** A second, over all connections. */
  rate: number
  seconds: number
}

export interface CallsResult {
  requests: number
  p50: number
  p99: number
  max: number
  bad: number
}

process.on('message', ({ url, headers, connections, rate, seconds }: Calls) => {
  void autocannon({ url, headers, connections, overallRate: rate, duration: seconds, timeout: 10 }).then(
    ({ requests, latency, non2xx, errors, timeouts }) => {
      process.send?.({
        requests: requests.total,
        p50: latency.p50,
        p99: latency.p99,
        max: latency.max,
        bad: non2xx + errors + timeouts
      } satisfies CallsResult)
    }
  )
})
process.send?.('ready')
