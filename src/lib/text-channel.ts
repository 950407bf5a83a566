/** Texts that one side writes and the other reads, with a limit on how much waits in between. */
export interface TextChannel extends AsyncIterable<string> {
  /** Resolves when there is room for more, or when the reader has stopped. */
  push(text: string): Promise<void>
  /** Ends the channel: the reader still gets the waiting texts. */
  end(): void
  /** Resolves at the first text. */
  readonly begun: Promise<void>
}

/**
 * @param maxChars characters that may wait before {@link TextChannel.push} makes its caller wait
 * @param idle the text that the reader gets after `idleMs` without another one
 */
export function createTextChannel(options: { maxChars: number; idleMs: number; idle: string }): TextChannel {
  const begun = Promise.withResolvers<void>()
  let waiting: string[] = []
  let size = 0
  let ended = false
  let left = false
  let news = Promise.withResolvers<void>()
  let room = Promise.withResolvers<void>()

  async function newsOrIdle(): Promise<'news' | 'idle'> {
    const silence = Promise.withResolvers<'idle'>()
    const timer = setTimeout(() => silence.resolve('idle'), options.idleMs)
    const first = await Promise.race([news.promise.then(() => 'news' as const), silence.promise])
    clearTimeout(timer)
    return first
  }

  return {
    begun: begun.promise,
    async push(text) {
      if (left) return
      waiting.push(text)
      size += text.length
      begun.resolve()
      news.resolve()
      while (size > options.maxChars && !left) await room.promise
    },
    end() {
      ended = true
      news.resolve()
    },
    async *[Symbol.asyncIterator]() {
      try {
        for (;;) {
          if (waiting.length > 0) {
            const texts = waiting.join('')
            waiting = []
            size = 0
            room.resolve()
            room = Promise.withResolvers()
            yield texts
          } else if (ended) return
          else if ((await newsOrIdle()) === 'idle') yield options.idle
          else news = Promise.withResolvers()
        }
      } finally {
        left = true
        room.resolve()
      }
    }
  }
}
