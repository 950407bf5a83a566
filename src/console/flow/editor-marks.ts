import { StateEffect, StateField, type Extension } from '@codemirror/state'
import { Decoration, EditorView, type DecorationSet } from '@codemirror/view'

const markStep = StateEffect.define<{ from: number; to: number } | null>()
const line = Decoration.line({ class: 'cm-step' })

/** Marks the lines of the step that is selected in the outline. */
const marked = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = marks.map(transaction.changes)
    for (const effect of transaction.effects) {
      if (!effect.is(markStep)) continue
      next = effect.value ? linesOf(transaction.state.doc, effect.value) : Decoration.none
    }
    return next
  },
  provide: (field) => EditorView.decorations.from(field)
})

export const stepMarks: Extension = [
  marked,
  EditorView.theme({ '.cm-step': { boxShadow: 'inset 2px 0 0 var(--accent)' } })
]

/** Marks a range, and scrolls its start into view. */
export function showStep(view: EditorView, range: { from: number; to: number } | undefined): void {
  const length = view.state.doc.length
  const inside = range && range.from <= length ? { from: range.from, to: Math.min(range.to, length) } : null
  view.dispatch({
    effects: [
      markStep.of(inside),
      ...(inside ? [EditorView.scrollIntoView(inside.from, { y: 'nearest', yMargin: 40 })] : [])
    ]
  })
}

function linesOf(doc: EditorView['state']['doc'], { from, to }: { from: number; to: number }): DecorationSet {
  const ranges = []
  const last = doc.lineAt(Math.max(from, to - 1)).number
  for (let number = doc.lineAt(from).number; number <= last; number++) ranges.push(line.range(doc.line(number).from))
  return Decoration.set(ranges)
}
