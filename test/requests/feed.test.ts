import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import t, { type Test } from 'tap'
import { createEchoListener, createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'

interface FeedEvent {
  event: string
  id: string
  data: any
}

t.test('the feed of a workspace', async (t) => {
  const { client, clock, url } = await startSluice(t)
  const owner = await client.signUp()
  const stranger = await client.signUp()
  const listener = await createEchoListener(t, client, owner)
  const token = await createToken(t, client, owner)
  const path = `/v1/workspaces/${owner.workspaceId}/feed`

  async function follow(t: Test, lastEventId?: string, of = owner) {
    const request = get(`${url}/v1/workspaces/${of.workspaceId}/feed`, {
      agent: false,
      headers: {
        Authorization: `Bearer ${of.session}`,
        ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId })
      }
    })
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    t.teardown(() => request.destroy())
    response.setEncoding('utf8')
    const events: FeedEvent[] = []
    let text = ''
    let wake = Promise.withResolvers<void>()
    response.on('data', (chunk: string) => {
      text += chunk
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const fields = new Map(
          text
            .slice(0, end)
            .split('\n')
            .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)])
        )
        text = text.slice(end + 2)
        if (fields.has('event'))
          events.push({
            event: fields.get('event') ?? '',
            id: fields.get('id') ?? '',
            data: JSON.parse(fields.get('data') ?? '')
          })
      }
      wake.resolve()
      wake = Promise.withResolvers()
    })
    response.on('error', () => {})
    return {
      status: response.statusCode,
      events,
      async next(count: number): Promise<FeedEvent[]> {
        while (events.length < count) await wake.promise
        return events.splice(0, count)
      },
      close: () => request.destroy()
    }
  }

  await t.test('200: requests, runs and tokens arrive as they happen; what was before is no news', async (t) => {
    await client.call('GET', listener.path, { as: token.token })
    const feed = await follow(t)
    const answered = await client.call('GET', listener.path, { as: token.token })
    const refused = await client.call('GET', listener.path)
    const made = await createToken(t, client, owner)
    const events = await feed.next(4)
    const of = (name: string) => events.filter(({ event }) => event === name).map(({ data }) => data)
    t.match(
      of('request').sort((a, b) => a.outcome.localeCompare(b.outcome)),
      [
        {
          requestId: answered.headers['x-request-id'],
          outcome: 'answered',
          credential: { kind: 'token', tokenId: token.id, tokenStart: token.start }
        },
        { requestId: refused.headers['x-request-id'], outcome: 'refused', credential: { kind: 'none' } }
      ]
    )
    t.match(of('run'), [{ id: answered.headers['sluice-run-id'], status: 'succeeded' }])
    t.match(of('token'), [{ id: made.id, start: made.start, change: 'created' }])
  })

  await t.test('Last-Event-ID goes on after the event, for 10 minutes; then comes reset', async (t) => {
    const first = await follow(t)
    await client.call('GET', listener.path)
    const [seen] = await first.next(1)
    first.close()
    const missed = await client.call('GET', listener.path)
    const again = await follow(t, seen?.id)
    t.match(await again.next(1), [{ event: 'request', data: { requestId: missed.headers['x-request-id'] } }])
    again.close()
    const elsewhere = await follow(t, `${clock.now() - 60_000}.00000000.5`)
    let found = false
    while (!found) found = (await elsewhere.next(1))[0]?.data.requestId === missed.headers['x-request-id']
    t.ok(found, 'an event of another process goes on from its time')
    elsewhere.close()
    clock.advance(11 * 60_000)
    for (const id of [seen?.id, 'nonsense']) {
      const late = await follow(t, id)
      t.match(await late.next(1), [{ event: 'reset' }], id ?? '')
      late.close()
    }
  })

  await t.test('404: strangers; 429: the 21st stream of an account, until another ends', async (t) => {
    t.equal((await client.call('GET', path, { as: stranger.session })).status, 404)
    const feeds = []
    for (let n = 0; n < 20; n++) feeds.push(await follow(t, undefined, stranger))
    t.ok(feeds.every(({ status }) => status === 200))
    const refused = await client.call('GET', `/v1/workspaces/${stranger.workspaceId}/feed`, { as: stranger.session })
    t.match([refused.status, refused.headers['retry-after']], [429, '5'])
    feeds[0]?.close()
    await until(async () => (await follow(t, undefined, stranger)).status === 200, 30_000, 'room for a stream')
  })
})
