// The editor of an expression: CodeMirror, loaded on demand. It lives in a
// shadow root, where its styles are adopted sheets, which the policy allows;
// in the document they would be inline.
import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, completionStatus, startCompletion, type Completion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, insertNewline } from '@codemirror/commands';
import { EditorState, Prec, StateEffect, StateField, type Extension } from '@codemirror/state';
import { Decoration, EditorView, keymap, placeholder, ViewPlugin, type DecorationSet, type ViewUpdate } from '@codemirror/view';
import { offersFor, type Offer } from './complete';
import { contextAt } from './context';
import { tokensOf } from './tokens';
import { aggregations, functions, modifiers, operators } from './words';

export interface EditorOptions {
  text: string;
  label: string;
  hint: string;
  changed: (text: string) => void;
  run: () => void;
}

export interface Editor {
  setText(text: string): void;
  /** Marks the character that the server found wrong; null takes the mark away. */
  mark(at: number | null): void;
  focus(at?: number): void;
  destroy(): void;
}

const words = new Set([...Object.keys(functions), ...Object.keys(aggregations), ...operators, ...modifiers]);

function coloured(view: EditorView): DecorationSet {
  const marks = tokensOf(view.state.doc.toString()).flatMap(({ kind, text, from, to }) => {
    const name = kind === 'name' && words.has(text) ? 'word' : kind;
    return name === 'sign' || name === 'name' ? [] : [Decoration.mark({ class: `pq-${name}` }).range(from, to)];
  });
  return Decoration.set(marks);
}

const colours = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = coloured(view);
    }
    update(update: ViewUpdate) {
      if (update.docChanged) this.decorations = coloured(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

const setFault = StateEffect.define<number | null>();
const fault = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = transaction.docChanged ? Decoration.none : marks;
    for (const effect of transaction.effects) {
      if (!effect.is(setFault)) continue;
      const end = transaction.state.doc.length;
      const at = effect.value === null ? -1 : Math.min(effect.value, Math.max(0, end - 1));
      next = at < 0 || end === 0 ? Decoration.none : Decoration.set(Decoration.mark({ class: 'pq-fault' }).range(at, at + 1));
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

const RANK: Record<Offer['kind'], number> = { metric: 2, aggregation: 1, function: 0, word: 0, label: 0, value: 0 };

function completionOf(offer: Offer): Completion {
  const apply = offer.apply ?? offer.label;
  const back = offer.back ?? 0;
  return {
    label: offer.label,
    type: offer.kind,
    boost: RANK[offer.kind],
    ...(offer.detail ? { detail: offer.detail } : {}),
    ...(offer.about ? { info: offer.about } : {}),
    apply: (view, _completion, from, to) => {
      view.dispatch({ changes: { from, to, insert: apply }, selection: { anchor: from + apply.length - back }, userEvent: 'input.complete' });
    },
  };
}

async function complete(asked: CompletionContext): Promise<CompletionResult | null> {
  const context = contextAt(asked.state.doc.toString(), asked.pos);
  if (context.kind === 'none') return null;
  // While typing only words are completed; asked for by key, anything is.
  if (!asked.explicit && asked.pos === context.from && context.kind !== 'label' && context.kind !== 'value') return null;
  const offers = await offersFor(context).catch(() => []); // One can type without.
  return asked.aborted || offers.length === 0 ? null : { from: context.from, options: offers.map(completionOf), validFor: context.kind === 'value' ? /^[^"'`]*$/ : /^[\w:]*$/ };
}

const theme = EditorView.theme({
  '&': { fontSize: 'var(--t-md)', color: 'var(--ink)', backgroundColor: 'transparent' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.6', maxHeight: '12rem' },
  '.cm-content': { outline: 'none', padding: '0.3rem 0', caretColor: 'var(--ink)', minHeight: '1.6em' },
  '.cm-line': { padding: '0' },
  '.cm-placeholder': { color: 'var(--ink-3)' },
  '.pq-word': { fontWeight: '600' },
  '.pq-string, .pq-number': { color: 'var(--ink-2)' },
  '.pq-comment': { color: 'var(--ink-3)' },
  '.pq-fault': { textDecoration: 'underline wavy var(--crit)', textUnderlineOffset: '3px', backgroundColor: 'var(--crit-soft)' },
  '.cm-tooltip': { backgroundColor: 'var(--surface)', color: 'var(--ink)', border: '1px solid var(--line-2)', borderRadius: 'var(--r-3)', overflow: 'hidden' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', fontSize: 'var(--t-sm)', maxHeight: '16rem', maxWidth: 'min(36rem, 90vw)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 8px', lineHeight: '1.45' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--accent-soft)', color: 'var(--ink)' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '600' },
  '.cm-completionDetail': { color: 'var(--ink-3)', fontStyle: 'normal' },
  '.cm-completionInfo': { padding: '8px 12px', maxWidth: '24rem', fontSize: 'var(--t-sm)', fontFamily: 'var(--font)', overflowWrap: 'anywhere' },
});

/** Esc with nothing open leaves the editor; Tab always does (it is bound to nothing). */
const leave = (view: EditorView) => {
  if (completionStatus(view.state) !== null) return false;
  view.contentDOM.blur();
  return true;
};

/** Mounts the editor into `host`, which must have no shadow root yet. */
export function mountEditor(host: HTMLElement, { text, label, hint, changed, run }: EditorOptions): Editor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  const runIt = (view: EditorView) => {
    // A chosen completion is taken first.
    if (completionStatus(view.state) === 'active' && acceptCompletion(view)) return true;
    run();
    return true;
  };
  const extensions: Extension = [
    Prec.highest(keymap.of([
      { key: 'Enter', run: runIt, shift: insertNewline },
      { key: 'Ctrl-Space', run: startCompletion },
    ])),
    history(),
    closeBrackets(),
    autocompletion({ override: [complete], icons: false, defaultKeymap: false, maxRenderedOptions: 60 }),
    keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap, { key: 'Escape', run: leave }]),
    colours,
    fault,
    theme,
    placeholder(hint),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false' }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) changed(update.state.doc.toString());
    }),
  ];
  const view = new EditorView({ root, parent: root, state: EditorState.create({ doc: text, extensions }) });
  return {
    setText(next) {
      if (next !== view.state.doc.toString()) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } });
    },
    mark: (at) => view.dispatch({ effects: setFault.of(at) }),
    focus(at) {
      view.focus();
      if (at !== undefined) view.dispatch({ selection: { anchor: Math.min(at, view.state.doc.length) } });
    },
    destroy: () => view.destroy(),
  };
}
