/** The rooms of the product in which faults are planted; one file of faults each. */
export const AREAS = [
  'intake',
  'orders',
  'stock',
  'fulfilment',
  'parcels',
  'outbox',
  'rules',
  'connectors',
] as const
export type Area = (typeof AREAS)[number]

/** A slip that somebody tired makes: one passage of one file, and what stands there instead. */
export type Mutant = {
  /** `<area>.<what went wrong>`. */
  readonly id: string
  readonly area: Area
  /** Under the clone, `src/...`. */
  readonly file: string
  /** Occurs exactly once in the file; a test keeps it so. */
  readonly find: string
  readonly put: string
  /** What the product does from then on, in one sentence. */
  readonly says: string
  /** Why the simulation cannot show it; such a fault is tried only when it is named. */
  readonly unseen?: string
}

/** What a run says on its standard error, before the id of each fault that is in force. */
export const PLANTED = 'planted: '

export type Planting =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly why: 'missing' | 'ambiguous' }

/** The file's text with the fault in it. */
export function planted(source: string, { find, put }: Pick<Mutant, 'find' | 'put'>): Planting {
  const at = source.indexOf(find)
  if (at < 0) return { ok: false, why: 'missing' }
  if (source.indexOf(find, at + 1) >= 0) return { ok: false, why: 'ambiguous' }
  return { ok: true, text: source.slice(0, at) + put + source.slice(at + find.length) }
}
