import { Client, type Dispatcher } from 'undici'

/** A handler that is told on which connection its request is sent. */
export interface OnConnection {
  onConnection(connection: Connection): void
}

/** The connections to one origin that follow each other in one place of its pool. */
export class Connection extends Client {
  /** Answers since the present one was opened. */
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
