import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import type { Extension } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'

// The variables of app.css apply in the shadow root of the editor too.
const theme = EditorView.theme({
  '&': { backgroundColor: 'var(--panel)', color: 'var(--text)', fontSize: '12.5px' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '.cm-scroller': {
    fontFamily: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
    lineHeight: '18px'
  },
  '.cm-content': { caretColor: 'var(--text)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { backgroundColor: 'var(--code)', color: 'var(--dim)', border: 'none' },
  '.cm-activeLine, .cm-activeLineGutter': {
    backgroundColor: 'color-mix(in srgb, var(--accent-soft), transparent 40%)'
  },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--accent), transparent 75%)'
  },
  '.cm-tooltip, .cm-panels': { backgroundColor: 'var(--panel)', color: 'var(--text)', borderColor: 'var(--line)' },
  '.cm-searchMatch': { backgroundColor: 'var(--warn-soft)' },
  '.cm-changedLine': { backgroundColor: 'var(--warn-soft) !important' },
  '.cm-changedText': { background: 'color-mix(in srgb, var(--warn), transparent 70%) !important' },
  '.cm-deletedChunk': { backgroundColor: 'var(--bad-soft)' },
  // Few fonts have the characters that the package uses.
  '.cm-collapsedLines::before': { content: '"…" !important' },
  '.cm-collapsedLines::after': { content: '"…" !important' },
  '.cm-collapsedLines': { color: 'var(--dim)', background: 'var(--code)', padding: '2px 8px' }
})

const colors = HighlightStyle.define([
  { tag: tags.comment, color: 'var(--dim)', fontStyle: 'italic' },
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--accent)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--ok)' },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: 'var(--warn)' },
  { tag: [tags.punctuation, tags.separator, tags.meta], color: 'var(--dim)' }
])

export const editorLook: Extension = [theme, syntaxHighlighting(colors)]

/**
 * The root of an editor. In a shadow root its styles are adopted style sheets, because the Content-Security-Policy
 * allows no style elements.
 */
export function editorRoot(host: HTMLElement, rules: string): { root: ShadowRoot; parent: HTMLElement } {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' })
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(rules)
  root.adoptedStyleSheets = [sheet]
  const parent = document.createElement('div')
  root.replaceChildren(parent)
  return { root, parent }
}
