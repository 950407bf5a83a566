import type { TaskDefinition } from '../document.ts'
import { compileCallHttp } from '../interpret/call-http.ts'
import { compileDo } from '../interpret/do.ts'
import { compileRaise } from '../interpret/raise.ts'
import { compileSet } from '../interpret/set.ts'
import type { Body } from '../interpret/state.ts'
import { compileSwitch } from '../interpret/switch.ts'
import { compileTry } from '../interpret/try.ts'
import type { Scope } from './scope.ts'

/** Compiles what a task does, by the member that names its kind. */
export function compileBody(task: TaskDefinition, scope: Scope): Body {
  if ('set' in task) return compileSet(task, scope)
  if ('switch' in task) return compileSwitch(task, scope)
  if ('call' in task) return compileCallHttp(task, scope)
  if ('try' in task) return compileTry(task, scope)
  if ('raise' in task) return compileRaise(task, scope)
  if ('do' in task) return compileDo(task, scope)
  throw new TypeError('This task is of no kind that runs here.')
}
