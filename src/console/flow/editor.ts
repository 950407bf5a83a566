import { autocompletion, completionKeymap, type CompletionSource } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, isolateHistory, redo, undo } from '@codemirror/commands'
import { yaml } from '@codemirror/lang-yaml'
import { bracketMatching, foldGutter, foldKeymap, indentOnInput } from '@codemirror/language'
import { lintGutter, lintKeymap, setDiagnostics, type Diagnostic } from '@codemirror/lint'
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search'
import { EditorState, type Extension, type TransactionSpec } from '@codemirror/state'
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view'
import { tellCursor } from './cursor-told.ts'
import { editorLook, editorRoot } from './editor-look.ts'
import { stepMarks } from './editor-marks.ts'
import type { Patch } from './text/edits.ts'
import type { Fault } from './yaml.ts'

export interface EditorOptions {
  text: string
  label: string
  readOnly: boolean
  onChange(text: string): void
  /** Ctrl S. */
  onSave(): void
  /** The offset to which the person moved the cursor; delayed during typing. */
  onCursor?(at: number): void
  complete?: CompletionSource
}

const RULES = '.cm-editor { min-height: 420px; max-height: 68vh; border-radius: 6px } .cm-scroller { overflow: auto }'

/** An editor for YAML in a shadow root of `host`. Tab leaves it, as it does every field. */
export function createEditor(
  host: HTMLElement,
  { text, label, readOnly, onChange, onSave, onCursor, complete }: EditorOptions
): EditorView {
  const { root, parent } = editorRoot(host, RULES)
  return new EditorView({
    parent,
    root,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        foldGutter(),
        drawSelection(),
        bracketMatching(),
        highlightSelectionMatches(),
        search({ top: true }),
        yaml(),
        editorLook,
        stepMarks,
        labelled(label, readOnly),
        keymap.of([
          {
            key: 'Mod-s',
            preventDefault: true,
            run() {
              onSave()
              return true
            }
          },
          ...searchKeymap,
          ...foldKeymap
        ]),
        ...(readOnly ? [EditorState.readOnly.of(true), keymap.of(defaultKeymap)] : writing(onChange, complete)),
        ...(onCursor ? [tellCursor(onCursor)] : [])
      ]
    })
  })
}

function writing(onChange: (text: string) => void, complete: CompletionSource | undefined): Extension[] {
  return [
    autocompletion({ ...(complete ? { override: [complete] } : {}), icons: false }),
    keymap.of(completionKeymap),
    lintGutter(),
    history(),
    indentOnInput(),
    highlightActiveLine(),
    keymap.of([...defaultKeymap, ...historyKeymap, ...lintKeymap]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) onChange(update.state.doc.toString())
    })
  ]
}

/** The attributes that make the content a field with a name. */
export function labelled(label: string, readOnly: boolean): Extension {
  return EditorView.contentAttributes.of({
    'aria-label': label,
    tabindex: '0',
    ...(readOnly ? { 'aria-readonly': 'true' } : {})
  })
}

/** Underlines the faults. */
export function showFaults(view: EditorView, faults: readonly Fault[]): void {
  const diagnostics = faults.map((fault): Diagnostic => {
    const { from, to } = rangeOf(view, fault)
    return { from, to, severity: 'error', message: fault.message }
  })
  view.dispatch(setDiagnostics(view.state, diagnostics))
}

/** Puts the cursor where a fault is. */
export function goToFault(view: EditorView, fault: Fault): void {
  const { from } = rangeOf(view, fault)
  view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: 'center' }) })
  view.focus()
}

/**
 * Applies edits as one step of the undo history. With `joins`, they join the step before, as successive keystrokes in a
 * form do.
 */
export function patchText(view: EditorView, patch: Patch, { joins = false } = {}): void {
  const specs = patch.map((edits): TransactionSpec => ({
    changes: edits.map(({ from, to, insert }) => ({ from, to, insert })),
    sequential: true,
    userEvent: 'input.patch'
  }))
  if (specs.length === 0) return
  view.dispatch(...specs, { annotations: joins ? [] : [isolateHistory.of('full')], sequential: true })
}

export { redo, undo }

/** Replaces the whole text, as one step of the undo history. */
export function replaceText(view: EditorView, text: string): void {
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } })
}

/** The range from the place of a fault to the end of its line. */
function rangeOf({ state: { doc } }: EditorView, { line = 1, column = 1 }: Fault): { from: number; to: number } {
  const { from, to } = doc.line(Math.min(Math.max(1, line), doc.lines))
  return { from: Math.min(to, from + Math.max(0, column - 1)), to }
}
