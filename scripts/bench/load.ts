import autocannon from 'autocannon'

/** One window of load that the parent requests: always to loopback, always bounded. */
export interface Window {
  url: string
  /** Default GET. */
  method?: 'GET' | 'POST'
  headers: Record<string, string>
  body?: string
  connections: number
  seconds: number
}

export interface WindowResult {
  requests: number
  /** Milliseconds. */
  p50: number
  p99: number
  seconds: number
  bad: number
}

process.on('message', ({ seconds, ...window }: Window) => {
  void autocannon({ ...window, duration: seconds, timeout: 10 }).then((result) => {
    const answer: WindowResult = {
      requests: result.requests.total,
      p50: result.latency.p50,
      p99: result.latency.p99,
      seconds: result.duration,
      bad: result.non2xx + result.errors + result.timeouts
    }
    process.send?.(answer)
  })
})
process.send?.('ready')
