import { Client, type Dispatcher } from 'undici'

/** A handler that learns on which connection its request is sent. */
export interface OnConnection {
  onConnection(connection: Connection): void
}

/** One place in the pool of an origin, which holds one connection after the other. */
export class Connection extends Client {
  /** Answers since the current connection was opened. */
  answers = 0

  constructor(origin: string | URL, options?: Client.Options) {
    super(origin, options)
    this.on('connect', () => {
      this.answers = 0
    })
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if ('onConnection' in handler) (handler as unknown as OnConnection).onConnection(this)
    return super.dispatch(options, handler)
  }
}
