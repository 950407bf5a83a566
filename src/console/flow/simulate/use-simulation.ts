import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { call } from '../../api/call.ts'
import type { FlowError, Page, Run, RunSummary, Step } from '../../api/types.ts'
import { useAction } from '../../api/use-action.ts'
import { parseJson } from '../../lib/exact-json.ts'
import type { Previewed } from '../forms/builder-context.ts'
import { isExpression } from '../forms/values.ts'
import { isRecord, pathOfPointer, tasksOf } from '../tasks.ts'
import { readText } from '../text/read-text.ts'
import { exampleInput } from './example-input.ts'
import { keepMocks, readMocks } from './kept-mocks.ts'
import { ERROR_MOCK, mockKey, sentMocks, type Mock, type Mocks } from './mocks.ts'

export interface SimulationResult {
  status: 'succeeded' | 'failed'
  output: unknown
  error: FlowError | null
  steps: Step[]
}

export type Simulating = ReturnType<typeof useSimulation>

/** The simulation of a draft: its input, its mocks, and the result of the last run. */
export function useSimulation({
  flowId,
  workspaceId,
  text
}: {
  flowId: string | undefined
  workspaceId: string
  text: string
}) {
  const path = flowId === undefined ? `/v1/workspaces/${workspaceId}/flows/simulate` : `/v1/flows/${flowId}/simulate`
  const [input, setInput] = useState(() => JSON.stringify(exampleInput(readText(text).data), null, 2))
  const [mocks, setMocks] = useState<Mocks>(() => (flowId === undefined ? {} : readMocks(flowId)))
  const [live, setLive] = useState(false)
  const [result, setResult] = useState<SimulationResult>()
  const [shown, setShown] = useState(0)
  const [upTo, setUpTo] = useState<string>()
  const lastRun = useRef<Promise<Run | undefined>>(undefined)
  const latest = useRef({ text, input, mocks })
  useEffect(() => {
    latest.current = { text, input, mocks }
  })

  const changeMocks = useCallback(
    (change: (mocks: Mocks) => Mocks) =>
      setMocks((before) => {
        const after = change(before)
        if (flowId !== undefined) keepMocks(flowId, after)
        return after
      }),
    [flowId]
  )

  const run = useAction(async (to?: string) => {
    const { data } = readText(latest.current.text)
    const answer = await call<SimulationResult>('POST', path, {
      body: {
        source: latest.current.text,
        input: readInput(latest.current.input),
        mocks: sentMocks(latest.current.mocks, data),
        live
      }
    })
    setResult(answer)
    setUpTo(to)
    const at = to === undefined ? -1 : answer.steps.findIndex(({ pointer }) => pointer === to)
    setShown(Math.max(0, at))
    return answer
  })

  /** The newest run of the flow, for its input and the results of its steps. */
  const readLastRun = useCallback((): Promise<Run | undefined> => {
    lastRun.current ??= newestRun(flowId)
    return lastRun.current
  }, [flowId])

  const mockWith = useCallback(
    (pointer: string, value: unknown) =>
      changeMocks((before) => ({
        ...before,
        [mockKey(pointer)]: { kind: 'output', text: JSON.stringify(value, null, 2) }
      })),
    [changeMocks]
  )

  const addMock = useCallback(
    async (pointer: string) => {
      const known = (await readLastRun())?.steps.findLast(
        (step) => step.pointer === pointer && step.output !== undefined
      )
      const task = tasksOf(readText(latest.current.text).data).find((each) => each.pointer === pointer)?.task
      const { knownAnswer } = await import('../openapi/known.ts')
      mockWith(pointer, known?.output ?? knownAnswer(task) ?? (task && 'listen' in task ? [{}] : {}))
    },
    [mockWith, readLastRun]
  )

  const setMock = useCallback(
    (key: string, mock: Mock | undefined) =>
      changeMocks((before) => {
        const { [key]: old, ...rest } = before
        if (!mock) return rest
        const text = old && old.kind !== mock.kind && mock.kind === 'error' ? ERROR_MOCK : mock.text
        return { ...before, [key]: { ...mock, text } }
      }),
    [changeMocks]
  )

  const preview = useMemo(
    () =>
      result === undefined
        ? undefined
        : (pointer: string, expression: string, signal: AbortSignal) =>
            previewAt(path, { ...latest.current, pointer, expression, signal }),
    [path, result]
  )

  /** Starts from a run: takes its input, and the results of its calls as mocks. */
  const startFrom = useCallback(
    async (runId: string) => {
      const run = await call<Run>('GET', `/v1/runs/${runId}`)
      setInput(JSON.stringify(run.input, null, 2))
      changeMocks((before) => ({ ...before, ...mocksOfRun(run, readText(latest.current.text).data) }))
    },
    [changeMocks]
  )

  const takeLastInput = useCallback(async (): Promise<boolean> => {
    const last = await readLastRun()
    if (last) setInput(JSON.stringify(last.input, null, 2))
    return last !== undefined
  }, [readLastRun])

  // The object stays the same until one of its values changes. The text is not one of them.
  return useMemo(
    () => ({
      input,
      setInput,
      startFrom,
      mocks,
      addMock,
      mockWith,
      setMock,
      live,
      setLive,
      run,
      result,
      shown,
      setShown,
      upTo,
      preview,
      takeLastInput
    }),
    [input, startFrom, mocks, addMock, mockWith, setMock, live, run, result, shown, upTo, preview, takeLastInput]
  )
}

/** The results of a run from outside of the flow, as mocks that repeat them. */
function mocksOfRun(run: Run, document: unknown): Mocks {
  const reaching = new Set(
    tasksOf(document).flatMap(({ pointer, task }) =>
      ['call', 'run', 'emit', 'listen'].some((kind) => kind in task) ? [pointer] : []
    )
  )
  return Object.fromEntries(
    run.steps
      .filter(({ pointer, output, error }) => reaching.has(pointer) && (output !== undefined || error !== undefined))
      .map(({ pointer, output, error }): [string, Mock] => [
        mockKey(pointer),
        { kind: error ? 'error' : 'output', text: JSON.stringify(error ?? output, null, 2) }
      ])
  )
}

/** @throws Error if the text is not JSON */
function readInput(text: string): unknown {
  if (text.trim() === '') return null
  try {
    return parseJson(text)
  } catch {
    throw new Error('The input is no JSON.')
  }
}

async function newestRun(flowId: string | undefined): Promise<Run | undefined> {
  if (flowId === undefined) return undefined
  try {
    const { items } = await call<Page<RunSummary>>('GET', '/v1/runs', { query: { flowId, limit: 1 } })
    return items[0] ? await call<Run>('GET', `/v1/runs/${items[0].id}`) : undefined
  } catch {
    // Without a former result, the mock starts empty.
    return undefined
  }
}

/**
 * Evaluates an expression in a step. The flow is simulated up to the step, which is replaced by one that sets the
 * expression, so that it sees exactly what the step sees, including $context and the variables of loops.
 */
async function previewAt(
  path: string,
  {
    text,
    input,
    mocks,
    pointer,
    expression,
    signal
  }: { text: string; input: string; mocks: Mocks; pointer: string; expression: string; signal: AbortSignal }
): Promise<Previewed> {
  const { data } = readText(text)
  const document = structuredClone(data)
  const steps = pathOfPointer(pointer)
  const holder = steps
    .slice(0, -1)
    .reduce<unknown>(
      (at, step) => (isRecord(at) || Array.isArray(at) ? (at as Record<string, unknown>)[step] : undefined),
      document
    )
  const name = steps.at(-1) ?? ''
  if (!isRecord(holder) || !isRecord(holder[name])) return { fault: 'the step is not there any more' }
  const { input: from } = holder[name]
  const code = isExpression(expression) ? expression : `\${ ${expression} }`
  holder[name] = { ...(from === undefined ? {} : { input: from }), set: { value: code }, then: 'end' }
  const answer = await call<SimulationResult>('POST', path, {
    body: { document, input: readInput(input), mocks: sentMocks(without(mocks, pointer), document) },
    signal
  }).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))))
  if (answer instanceof Error) return { fault: answer.message }
  const step = answer.steps.findLast((each) => each.pointer === pointer)
  if (!step) return { fault: 'the step is not reached with this input' }
  if (step.error) return { fault: step.error.detail ?? step.error.title ?? 'it fails' }
  return { value: isRecord(step.output) ? step.output['value'] : undefined }
}

function without(mocks: Mocks, pointer: string): Mocks {
  const { [mockKey(pointer)]: _, ...rest } = mocks
  return rest
}
