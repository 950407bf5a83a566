import type { Dispatcher } from 'undici'
import type { CallDeadline } from './call-deadline.ts'
import type { Connection, OnConnection } from './connection.ts'
import { tooLarge } from './decode.ts'
import { EgressError, isHangUp, translateError } from './error.ts'
import type { HeaderLines } from './headers.ts'
import type { Target } from './target.ts'

/** One request to one target, as it is sent. */
export interface Hop {
  method: string
  target: Target
  headers: HeaderLines
  body: string | Uint8Array | undefined
}

export interface RawAnswer {
  status: number
  headers: Readonly<Record<string, string | string[] | undefined>>
  /** As received: still compressed if the server compressed it. */
  body: Buffer
}

/**
 * A connection that the other side closed before the first byte of the answer. `kept`: it had given answers before, and
 * may already have been closed when the request was sent. `new`: it had not.
 */
type HungUp = 'kept' | 'new'

type ExchangeResult = { answer: RawAnswer } | { error: EgressError; hungUp: HungUp | undefined }

/**
 * Sends one request, unless `maySend` returns false, and reads its answer up to `maxBytes`. Does not follow redirects,
 * does not retry, and never rejects.
 */
export function exchange(
  dispatcher: Dispatcher,
  hop: Hop,
  maxBytes: number,
  deadline: CallDeadline,
  maySend: (() => boolean) | undefined
): Promise<ExchangeResult> {
  return new Promise((resolve) => {
    if (deadline.error !== undefined) return resolve({ error: deadline.error, hungUp: undefined })
    const { url, label } = hop.target
    const handler = new Collector({ label, maxBytes, maySend }, (result) => {
      deadline.onCut = undefined
      resolve(result)
    })
    deadline.onCut = (error) => handler.fail(error)
    const headers: string[] = []
    for (const [name, value] of hop.headers) headers.push(name, value)
    try {
      dispatcher.dispatch(
        { origin: url.origin, path: hop.target.path, method: hop.method, headers, body: hop.body ?? null },
        handler
      )
    } catch (error) {
      handler.fail(translateError(error, label))
    }
  })
}

class Collector implements Dispatcher.DispatchHandler, OnConnection {
  readonly #label: string
  readonly #maxBytes: number
  readonly #maySend: (() => boolean) | undefined
  readonly #settle: (result: ExchangeResult) => void
  readonly #chunks: Buffer[] = []
  #controller: Dispatcher.DispatchController | undefined
  #failure: EgressError | undefined
  #settled = false
  #connection: Connection | undefined
  /** Whether the connection had given answers when the request was sent. */
  #isKept = false
  #answering = false
  #bytes = 0
  #status = 0
  #headers: RawAnswer['headers'] = {}

  constructor(
    bounds: { label: string; maxBytes: number; maySend: (() => boolean) | undefined },
    settle: (result: ExchangeResult) => void
  ) {
    this.#label = bounds.label
    this.#maxBytes = bounds.maxBytes
    this.#maySend = bounds.maySend
    this.#settle = settle
  }

  /**
   * Ends the exchange. The caller is notified at once, even while the request still waits for a connection; the socket
   * is destroyed.
   */
  fail(error: EgressError, hungUp?: HungUp): void {
    if (this.#settled) return
    this.#settled = true
    this.#failure = error
    this.#chunks.length = 0
    this.#settle({ error, hungUp })
    this.#controller?.abort(error)
  }

  onConnection(connection: Connection): void {
    this.#connection = connection
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    this.#isKept = (this.#connection?.answers ?? 0) > 0
    if (this.#failure !== undefined) controller.abort(this.#failure)
    else if (this.#maySend?.() === false)
      this.fail(new EgressError('withheld', `The request to ${this.#label} was not sent`))
  }

  onResponseStarted(): void {
    this.#answering = true
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: RawAnswer['headers']): void {
    if (status < 200) return
    this.#status = status
    this.#headers = headers
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#bytes > this.#maxBytes) this.fail(tooLarge(this.#label, this.#maxBytes))
    else this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    if (this.#connection) this.#connection.answers++
    if (this.#settled) return
    this.#settled = true
    const [only] = this.#chunks
    const body = only !== undefined && this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks, this.#bytes)
    this.#settle({ answer: { status: this.#status, headers: this.#headers, body } })
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const isUnanswered = !this.#answering && this.#controller !== undefined && isHangUp(error)
    this.fail(translateError(error, this.#label), isUnanswered ? (this.#isKept ? 'kept' : 'new') : undefined)
  }
}
