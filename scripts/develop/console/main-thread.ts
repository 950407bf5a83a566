import type { Browser } from 'playwright-core'

/** A task of the main thread of a page, during which nothing else happens on the page. */
export interface MainThreadTask {
  /** Its CPU time, which is the same on a busy machine. */
  cpuMs: number
  wallMs: number
}

interface TraceEvent {
  name: string
  ph: string
  pid: number
  tid: number
  /** Microseconds of the clock, and of CPU time. */
  dur?: number
  tdur?: number
  args: { name?: string }
}

/** The tasks of the busiest page during `work`, the longest first. */
export async function tasksWhile(browser: Browser, work: () => Promise<void>): Promise<MainThreadTask[]> {
  const session = await browser.newBrowserCDPSession()
  const events: TraceEvent[] = []
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])))
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['toplevel', 'disabled-by-default-devtools.timeline'] }
  })
  await work()
  const complete = new Promise<void>((resolve) => session.once('Tracing.tracingComplete', () => resolve()))
  await session.send('Tracing.end')
  await complete
  await session.detach()

  const threadOf = ({ pid, tid }: TraceEvent): string => `${pid}.${tid}`
  const pages = new Set(
    events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(threadOf)
  )
  const tasks = Map.groupBy(
    events.filter((event) => event.name === 'RunTask' && event.ph === 'X' && pages.has(threadOf(event))),
    threadOf
  )
  const busy = (thread: readonly TraceEvent[]): number => thread.reduce((sum, { tdur = 0 }) => sum + tdur, 0)
  const [busiest = []] = [...tasks.values()].sort((a, b) => busy(b) - busy(a))
  return busiest
    .map(({ dur = 0, tdur = 0 }) => ({ cpuMs: tdur / 1000, wallMs: dur / 1000 }))
    .sort((a, b) => b.cpuMs - a.cpuMs)
}
