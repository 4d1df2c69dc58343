export const SKU_PROFILES = '/api/sku-profiles'

export type SkuProfile = {
  readonly sku: string
  readonly title: string
  /** g, of one piece; null: nobody told. */
  readonly weightG: number | null
  /** cm3, as told. */
  readonly volumeCm3: number | null
  readonly lengthMm: number | null
  readonly widthMm: number | null
  readonly heightMm: number | null
  readonly tags: readonly string[]
  readonly value: { readonly currency: string; readonly amount: string } | null
  /** cm3, told or worked out from the measures. */
  readonly volume: number | null
  /** Null: no profile yet. */
  readonly revision: number | null
  readonly updatedBy: string | null
  readonly updatedAt: string | null
  /** Orders that wait; only in the list of what lacks a weight. */
  readonly orders: number | null
}
export type TagsInUse = { readonly items: readonly { readonly tag: string; readonly skus: number }[] }

export const PROFILE_LIST_FIELDS = [
  'sku',
  'title',
  'weight',
  'volume',
  'length',
  'width',
  'height',
  'tags',
  'value',
  'currency',
] as const
export type ProfileListField = (typeof PROFILE_LIST_FIELDS)[number]
export type ProfileColumns = { readonly [F in ProfileListField]?: string }
export type ProfileTable = {
  readonly header: readonly string[]
  readonly rows: readonly { readonly row: number; readonly cells: readonly string[] }[]
}
export type ReadProfiles = ProfileTable & { readonly columns: ProfileColumns }
export type ProfilesPreview = {
  readonly columns: ProfileColumns
  readonly rows: readonly {
    readonly row: number
    readonly sku: string
    readonly title: string
    readonly outcome: 'new' | 'changed' | 'same'
    readonly fields: readonly ChangedField[]
  }[]
  readonly errors: readonly {
    readonly row: number
    readonly column: string
    readonly code: string
    readonly detail: string
  }[]
}
export type ChangedField =
  | 'title'
  | 'weightG'
  | 'volumeCm3'
  | 'lengthMm'
  | 'widthMm'
  | 'heightMm'
  | 'tags'
  | 'value'
export type ProfilesDone = { readonly added: number; readonly changed: number; readonly same: number }
