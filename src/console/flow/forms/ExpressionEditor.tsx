import {
  autocompletion,
  completionKeymap,
  type CompletionContext,
  type CompletionResult
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { EditorState } from '@codemirror/state'
import { EditorView, keymap } from '@codemirror/view'
import { useEffect, useRef } from 'react'
import { labelled } from '../editor.ts'
import { editorLook, editorRoot } from '../editor-look.ts'
import { isRecord } from '../tasks.ts'
import { useBuilder } from './builder-context.ts'
import { memberText } from './DataPicker.tsx'

const RULES =
  '.cm-editor { min-height: 30px; border-radius: 6px } .cm-scroller { overflow: auto } .cm-content { padding: 5px 0 }'
const VARIABLES = ['$context', '$input', '$output', '$task', '$workflow', '$runtime', '$secrets', '$error']

/** One line of jq, with completion of variables and of paths in the input of the step. */
export function ExpressionEditor({
  label,
  code,
  onChange
}: {
  label: string
  code: string
  onChange: (code: string) => void
}) {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  const { input } = useBuilder()
  const latest = useRef({ code, onChange, input })
  useEffect(() => {
    latest.current = { code, onChange, input }
    const editor = view.current
    if (!editor || editor.state.doc.toString() === code || editor.hasFocus) return
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: code } })
  })
  useEffect(() => {
    if (!host.current) return
    const { root, parent } = editorRoot(host.current, RULES)
    const editor = new EditorView({
      parent,
      root,
      state: EditorState.create({
        doc: latest.current.code,
        extensions: [
          history(),
          editorLook,
          EditorView.lineWrapping,
          labelled(label, false),
          autocompletion({ override: [(context) => complete(context, latest.current.input)], icons: false }),
          keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]),
          EditorState.transactionFilter.of((transaction) => (transaction.newDoc.lines > 1 ? [] : transaction)),
          EditorView.updateListener.of((update) => {
            const text = update.state.doc.toString()
            if (update.docChanged && text !== latest.current.code) latest.current.onChange(text)
          })
        ]
      })
    })
    view.current = editor
    return () => editor.destroy()
  }, [label])
  return <div ref={host} className="min-w-0 flex-1 rounded-md border border-line-strong" />
}

/** Completes `.a.b` with the members that the data has there, and names of variables. */
function complete(context: CompletionContext, input: unknown): CompletionResult | null {
  const variable = context.matchBefore(/\$\w*/)
  if (variable) return { from: variable.from, options: VARIABLES.map((label) => ({ label })) }
  const path = context.matchBefore(/(?:\.[A-Za-z_]\w*|\[\d+\])*\.\w*/)
  if (!path) return context.explicit ? { from: context.pos, options: VARIABLES.map((label) => ({ label })) } : null
  const steps = path.text.split('.').slice(1, -1)
  const here = steps.reduce<unknown>((at, step) => (isRecord(at) ? at[step] : undefined), input)
  if (!isRecord(here)) return null
  const from = path.from + path.text.lastIndexOf('.')
  return { from, options: Object.keys(here).map((key) => ({ label: memberText(key), type: 'property' })) }
}
