import type { TaskDefinition } from '../document.ts'
import { compileCallFunction } from './call-function.ts'
import { compileCallHttp } from './call-http.ts'
import { compileCallOpenApi } from './call-openapi.ts'
import { compileDo } from './do.ts'
import { compileEmit } from './emit.ts'
import { compileFor } from './for.ts'
import { compileFork } from './fork.ts'
import { compileListen } from './listen.ts'
import { compileRaise } from './raise.ts'
import { compileRunScript } from './run-script.ts'
import { compileRunWorkflow } from './run-workflow.ts'
import { compileSet } from './set.ts'
import type { Body } from '../run/state.ts'
import { compileSwitch } from './switch.ts'
import { compileTry } from './try.ts'
import { compileWait } from './wait.ts'
import type { Scope } from '../compile/scope.ts'

/** Compiles the body of a task by the member that names its kind. */
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
  if ('listen' in task) return compileListen(task, scope)
  if ('run' in task) return 'workflow' in task.run ? compileRunWorkflow(task, scope) : compileRunScript(task, scope)
  return compileDo(task, scope)
}
