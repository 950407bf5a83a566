import type { TaskDefinition } from '../document.ts'
import { compileCallFunction } from '../interpret/call-function.ts'
import { compileCallHttp } from '../interpret/call-http.ts'
import { compileCallOpenApi } from '../interpret/call-openapi.ts'
import { compileDo } from '../interpret/do.ts'
import { compileEmit } from '../interpret/emit.ts'
import { compileFor } from '../interpret/for.ts'
import { compileFork } from '../interpret/fork.ts'
import { compileRaise } from '../interpret/raise.ts'
import { compileRunScript } from '../interpret/run-script.ts'
import { compileRunWorkflow } from '../interpret/run-workflow.ts'
import { compileSet } from '../interpret/set.ts'
import type { Body } from '../interpret/state.ts'
import { compileSwitch } from '../interpret/switch.ts'
import { compileTry } from '../interpret/try.ts'
import { compileWait } from '../interpret/wait.ts'
import type { Scope } from './scope.ts'

/** Compiles what a task does, by the member that names its kind. */
export function compileBody(task: TaskDefinition, scope: Scope): Body {
  if ('set' in task) return compileSet(task, scope)
  if ('switch' in task) return compileSwitch(task, scope)
  if ('call' in task) {
    if (task.call === 'http') return compileCallHttp(task, scope)
    return task.call === 'openapi' ? compileCallOpenApi(task, scope) : compileCallFunction(task, scope)
  }
  if ('try' in task) return compileTry(task, scope)
  if ('raise' in task) return compileRaise(task, scope)
  if ('for' in task) return compileFor(task, scope)
  if ('fork' in task) return compileFork(task, scope)
  if ('wait' in task) return compileWait(task, scope)
  if ('emit' in task) return compileEmit(task, scope)
  if ('run' in task) return 'workflow' in task.run ? compileRunWorkflow(task, scope) : compileRunScript(task, scope)
  return compileDo(task, scope)
}
