import { request, type CallOptions } from './call.ts'

export interface ServerEvent {
  id: string | undefined
  event: string
  data: string
}

/**
 * Server-sent events (WHATWG HTML, section 9.2) over fetch, which unlike EventSource can send headers. Ends when the
 * server ends the stream. @throws as `call`
 */
export async function* readEvents(path: string, options: CallOptions = {}): AsyncGenerator<ServerEvent> {
  const response = await request('GET', path, {
    ...options,
    headers: { ...options.headers, Accept: 'text/event-stream' }
  })
  if (!response.body) return
  let rest = ''
  for await (const chunk of chunksOf(response.body.pipeThrough(new TextDecoderStream()))) {
    const blocks = (rest + chunk).split(/\r?\n\r?\n|\r\r/)
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = parseEvent(block)
      if (event) yield event
    }
  }
}

/** One block of a stream; undefined for comments, which keep the connection open. */
export function parseEvent(block: string): ServerEvent | undefined {
  const event: ServerEvent = { id: undefined, event: 'message', data: '' }
  const data: string[] = []
  for (const line of block.split(/\r\n|\r|\n/)) {
    const [, name, value] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? []
    if (name === 'data') data.push(value ?? '')
    else if (name === 'event') event.event = value ?? ''
    else if (name === 'id') event.id = value ?? ''
  }
  return data.length === 0 ? undefined : { ...event, data: data.join('\n') }
}

async function* chunksOf(stream: ReadableStream<string>): AsyncGenerator<string> {
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    // A caller that stops reading closes the connection.
    await reader.cancel()
  }
}
