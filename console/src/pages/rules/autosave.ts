import type { RuleModel } from '../../api/rule-model-types.ts'

/**
 * A draft between the screen and the hub. `model` is what the screen shows, `saved` what the hub has; one save is under way at
 * a time, and what was changed meanwhile is saved after it. A refused save keeps everything on the screen.
 */
export type Autosave = {
  readonly model: RuleModel
  readonly saved: RuleModel
  readonly revision: number
  /** The model being saved; null: none. */
  readonly saving: RuleModel | null
  /** Somebody else saved the draft first: nothing is saved until a person has chosen. */
  readonly conflict: boolean
  readonly error: unknown
}

export type AutosaveEvent =
  | { readonly is: 'edited'; readonly model: RuleModel }
  | { readonly is: 'sent' }
  | { readonly is: 'stored'; readonly revision: number }
  | { readonly is: 'refused'; readonly error: unknown; readonly conflict: boolean }
  | { readonly is: 'loaded'; readonly model: RuleModel; readonly revision: number }
  /** Ours over theirs, knowingly: the next save names their revision. */
  | { readonly is: 'insisted'; readonly revision: number }

export function opened(model: RuleModel, revision: number): Autosave {
  return { model, saved: model, revision, saving: null, conflict: false, error: null }
}

export function applyAutosave(state: Autosave, event: AutosaveEvent): Autosave {
  switch (event.is) {
    case 'edited':
      return { ...state, model: event.model, error: null }
    case 'sent':
      return { ...state, saving: state.model, error: null }
    case 'stored':
      return {
        ...state,
        saved: state.saving ?? state.saved,
        revision: event.revision,
        saving: null,
        conflict: false,
      }
    case 'refused':
      return { ...state, saving: null, conflict: event.conflict, error: event.error }
    case 'loaded':
      return opened(event.model, event.revision)
    case 'insisted':
      return { ...state, revision: event.revision, conflict: false, error: null }
  }
}

/** There is something to save, and nothing in its way. */
export function isDue(state: Autosave): boolean {
  return state.model !== state.saved && state.saving === null && !state.conflict && state.error === null
}

export type SaveState = 'saved' | 'saving' | 'waiting' | 'conflict' | 'failed'
export function saveState(state: Autosave): SaveState {
  if (state.conflict) return 'conflict'
  if (state.error !== null) return 'failed'
  if (state.saving !== null) return 'saving'
  return state.model === state.saved ? 'saved' : 'waiting'
}
