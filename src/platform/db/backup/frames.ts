/** PostgreSQL sends no line of a table that is longer. */
const FRAME_MAX = 1024 ** 3
const LENGTH_BYTES = 4

/** A backup that cannot be made, read or restored. The message is for people. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
}

/** Bytes with their length in front. */
export function frame(content: Buffer | string): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32BE(bytes.length)
  return bytes.length === 0 ? length : Buffer.concat([length, bytes])
}

export interface FrameReader {
  /** The content of the next frame. @throws BackupError if the stream ends before it */
  next(): Promise<Buffer>
  /** @throws BackupError unless the stream ends here */
  end(): Promise<void>
}

/** Reads what {@link frame} wrote. Frames may begin and end anywhere in the chunks of the stream. */
export function readFrames(source: AsyncIterable<Buffer>): FrameReader {
  const pieces = source[Symbol.asyncIterator]()
  let pending: Buffer[] = []
  let length = 0

  async function more(): Promise<boolean> {
    const { done, value } = await pieces.next()
    if (done) return false
    pending.push(value)
    length += value.length
    return true
  }

  async function take(count: number): Promise<Buffer> {
    while (length < count) if (!(await more())) throw new BackupError('The backup ends too soon.')
    const all = pending.length === 1 ? (pending[0] as Buffer) : Buffer.concat(pending)
    pending = count < all.length ? [all.subarray(count)] : []
    length -= count
    return all.subarray(0, count)
  }

  return {
    async next() {
      const size = (await take(LENGTH_BYTES)).readUInt32BE()
      if (size > FRAME_MAX) throw new BackupError('The backup is damaged.')
      return take(size)
    },
    async end() {
      if (length > 0 || (await more())) throw new BackupError('The backup goes on after its end.')
    }
  }
}
