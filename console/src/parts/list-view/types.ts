import type { ReactNode } from 'react'
import type { StreamState } from '#/api/stream.ts'
import type { CursorList } from './use-cursor-list.ts'

export type ListColumn<Row> = {
  readonly key: string
  readonly title: string
  /** Pixels; spare room is shared out in proportion. */
  readonly width: number
  readonly align?: 'right' | 'center'
  readonly render: (row: Row) => ReactNode
  /** The hub's name of the sort order (`sort=<name>`, `sort=-<name>`); absent: not sortable. */
  readonly sort?: string
  /** Not shown until somebody chooses it. */
  readonly hidden?: boolean
  /** Always shown, and stays at the left while scrolling sideways. */
  readonly pinned?: boolean
}

export type Density = 'compact' | 'cosy'
/** `columns: null` means the default set. */
export type Layout = { readonly density: Density; readonly columns: readonly string[] | null }

export type Selection = {
  readonly ids: readonly string[]
  /** Everything that matches the present filter, loaded or not. */
  readonly everything: boolean
  readonly count: number
  readonly clear: () => void
}

export type Live = {
  readonly state: StreamState
  /** Rows that changed since they were loaded; marked in place, never moved. */
  readonly changed: ReadonlySet<string>
  readonly newRows: number
  readonly newRowsText: string
  readonly onLoadNew: () => void
}

export type ListViewProps<Row> = {
  /** Name under which this browser keeps columns and density. */
  readonly name: string
  readonly label: string
  readonly columns: readonly ListColumn<Row>[]
  readonly rowKey: (row: Row) => string
  /** What the row is called by screen readers. */
  readonly rowName: (row: Row) => string
  readonly list: CursorList<Row>
  readonly total?: number | undefined
  readonly totalCapped?: boolean
  readonly sort?: string | undefined
  readonly onSort?: (sort: string | undefined) => void
  readonly onOpen?: (row: Row) => void
  /** What the drawer opens for a row, where that is not the row's key (several rows of one order). */
  readonly openId?: (row: Row) => string
  /** The opened one, marked in the list. */
  readonly openKey?: string | undefined
  readonly views?: ReactNode
  /** Paths of views for the keys 1-9. */
  readonly onView?: (index: number) => void
  readonly filters?: ReactNode
  /** Gets the keys of the shown columns, in their order (for an export of exactly this view). */
  readonly tools?: (shown: readonly string[]) => ReactNode
  readonly filtered: boolean
  readonly onClearFilters: () => void
  /** Shown when nothing exists at all, not when a filter finds nothing. */
  readonly empty: ReactNode
  readonly bulk?: (selection: Selection) => ReactNode
  readonly live?: Live
}
