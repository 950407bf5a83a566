import { Type } from 'typebox'
import { Ref, Time } from './schemas.ts'

export const FlowProblemSchema = Type.Object(
  {
    type: Type.String(),
    status: Type.Integer(),
    title: Type.Optional(Type.String()),
    detail: Type.Optional(Type.String()),
    instance: Type.Optional(Type.String({ description: 'JSON Pointer of the task' }))
  },
  { $id: 'FlowProblem', description: 'An error of a flow' }
)

/** One finished task of a run or a simulation. */
export const StepSchema = Type.Object(
  {
    pointer: Type.String({ description: 'JSON Pointer of the task' }),
    attempt: Type.Integer(),
    status: Type.String(),
    startedAt: Time,
    durationMs: Type.Number(),
    input: Type.Optional(Type.Unknown()),
    output: Type.Optional(Type.Unknown()),
    error: Type.Optional(Ref(FlowProblemSchema)),
    console: Type.Optional(
      Type.Unknown({ description: 'What a script wrote: `stdout` and `stderr`, each a list of lines' })
    )
  },
  { $id: 'Step' }
)
