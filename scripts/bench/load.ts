import autocannon from 'autocannon'

/** One window of load, asked for by the parent: always loopback, always bounded. */
export interface Window {
  url: string
  headers: Record<string, string>
  connections: number
  seconds: number
}

export interface WindowResult {
  requests: number
  p50: number
  p99: number
  seconds: number
  bad: number
}

process.on('message', (window: Window) => {
  void autocannon({
    url: window.url,
    headers: window.headers,
    connections: window.connections,
    duration: window.seconds,
    timeout: 10
  }).then((result) => {
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
