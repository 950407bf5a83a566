import type { Agent } from 'undici'
import type { EgressErrorCode } from './error.ts'

/** Counters for the metrics page. All except `inFlight` and `connections` only grow. */
export interface EgressStats {
  requests: number
  inFlight: number
  redirects: number
  /** Requests sent again because a kept-alive connection had been closed. */
  retries: number
  failures: Record<EgressErrorCode, number>
  connections: {
    origins: number
    open: number
    idle: number
    /** Requests that wait for a connection. */ waiting: number
  }
}

export interface EgressCounters {
  redirects: number
  retries: number
  readonly failures: Record<EgressErrorCode, number>
  started(): void
  ended(): void
  read(origins: Agent['stats']): EgressStats
}

/** Creates counters at zero, which the calls of one egress increase. */
export function createCounters(): EgressCounters {
  let requests = 0
  let inFlight = 0
  const counters: EgressCounters = {
    redirects: 0,
    retries: 0,
    failures: {
      refused: 0,
      invalid_url: 0,
      dns: 0,
      connect: 0,
      tls: 0,
      timeout: 0,
      too_large: 0,
      too_many_redirects: 0,
      bad_encoding: 0,
      protocol: 0,
      aborted: 0,
      withheld: 0
    },
    started() {
      requests++
      inFlight++
    },
    ended() {
      inFlight--
    },
    read(origins) {
      const connections = { origins: 0, open: 0, idle: 0, waiting: 0 }
      for (const origin of Object.values(origins)) {
        connections.origins++
        connections.open += Number(origin.connected)
        if ('free' in origin) {
          connections.idle += origin.free
          connections.waiting += origin.queued
        }
      }
      return {
        requests,
        inFlight,
        redirects: counters.redirects,
        retries: counters.retries,
        failures: { ...counters.failures },
        connections
      }
    }
  }
  return counters
}
