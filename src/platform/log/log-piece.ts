import type { BaseLogger } from 'pino'

/** What this room asks of a logger: pino's own shape, so that `request.log` or `app.log` fits as it is. */
export type Log = Pick<BaseLogger, 'debug' | 'info' | 'warn' | 'error'>
