import type { SchemaDefinition } from '../document.ts'
import { ExpressionError, type Expressions } from '../expressions/expressions.ts'
import { isQuickSchema } from '../json-schema/bounds.ts'
import {
  type CheckValue,
  createSchemaValidator,
  type SchemaValidator,
  type ValueFault
} from '../json-schema/validator.ts'
import { TooMuchWork } from '../json-schema/work.ts'
import { flowError } from '../problem.ts'
import type { TaskState, Validate } from '../run/state.ts'
import { working } from '../run/working.ts'

/**
 * The most work of one validation on the thread that answers calls: a few milliseconds. Beyond it, the pool takes over.
 */
const QUICK_WORK = 50_000

export interface SchemaCompiler {
  /** Never throws for a schema that passed the lint. It is compiled when a value is first checked. */
  compile(definition: SchemaDefinition): Validate
}

let shared: SchemaValidator | undefined

/**
 * Compiles the schemas of a flow. Small schemas check small values on this thread. Everything else is checked by the
 * pool, whose threads have a time limit, with the same result.
 */
export function createSchemaCompiler(expressions: Expressions): SchemaCompiler {
  return {
    compile({ document }) {
      const quick = isQuickSchema(document)
      let check: CheckValue | undefined
      let pooled: ReturnType<Expressions['schema']> | undefined

      function checkQuickly(value: unknown): ValueFault[] | undefined | TooMuchWork {
        // The process shares one validator, because each takes megabytes of memory.
        check ??= (shared ??= createSchemaValidator({ checked: false })).compile(document)
        try {
          return check(value, QUICK_WORK)
        } catch (error) {
          if (error instanceof TooMuchWork) return error
          throw error
        }
      }

      return (value, what, state) => {
        const faults = quick ? checkQuickly(value) : new TooMuchWork()
        if (!(faults instanceof TooMuchWork)) return refuse(faults, what)
        pooled ??= expressions.schema(document)
        return checkInPool(pooled, value, what, state)
      }
    }
  }
}

async function checkInPool(
  check: ReturnType<Expressions['schema']>,
  value: unknown,
  what: string,
  { frame }: TaskState
): Promise<void> {
  try {
    const checking = check(value, { ...frame.run.job, signal: frame.cancel.signal })
    refuse(await working(frame, checking), what)
  } catch (error) {
    if (!(error instanceof ExpressionError) || (error.kind !== 'limit' && error.kind !== 'runtime')) throw error
    throw flowError('validation', `${what} could not be checked against its schema: ${error.message}.`, {
      cause: error
    })
  }
}

function refuse(faults: readonly ValueFault[] | undefined, what: string): void {
  if (faults === undefined) return
  const detail = `${what} does not fit its schema: ${faults.map(sentence).join('; ')}.`
  throw flowError('validation', detail, { errors: faults })
}

function sentence({ pointer, message }: ValueFault): string {
  return `${pointer || '(root)'} ${message}`
}
